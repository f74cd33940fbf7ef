#!/usr/bin/env bash
# Builds a release with swift: examples/build.sh --product pantograph. The quickstart, the tests and the benchmarks build with it too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

product="" options=()
while (($#)); do
    case $1 in
        --product) product=${2:?--product needs a name}; shift 2 ;;
        *) options+=("$1"); shift ;;
    esac
done

build() {
    # Overlapping accesses to memory are looked for in debug builds, as the tests' are, and not in a release. The package says so
    # for its own code; what it depends on hears it on the command line alone, and there the search costs 5 % of a call's
    # instructions. Swift's own libraries go into the program: calls of them are then no detour, it needs less memory, and it runs
    # where there is no Swift. The linker optimises all modules as one: what SwiftNIO and the rooms of this package call in each
    # other is inlined, which takes an eighth off a call's instructions. It leaves in what layout.sh must know: every place in the
    # program that names another one.
    swift build -c release -Xswiftc -enforce-exclusivity=unchecked --static-swift-stdlib --experimental-lto-mode full \
        -Xswiftc -use-ld=lld -Xlinker --emit-relocs -Xlinker -znow "${options[@]}" "$@"
}

if [[ $product != pantograph || " ${options[*]} " == *" --show-bin-path "* ]]; then
    build ${product:+--product "$product"}
    exit
fi
folder=$(build --show-bin-path)
# The linker takes minutes, and works anew where it does not find the very file that it has written.
if [[ -e $folder/pantograph.linked ]]; then mv -f "$folder/pantograph.linked" "$folder/pantograph"; fi
build --product pantograph
# The playground makes the load that says which code is run.
build --product pantograph-playground
exec examples/layout.sh "$folder"
