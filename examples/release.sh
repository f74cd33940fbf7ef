# How a release is built: for `source`, by the quickstart, the tests and the benchmarks.

# Overlapping accesses to memory are looked for in debug builds, as the tests' are, and not in a release. The package says so
# for its own code; what it depends on hears it on the command line alone, and there the search costs 5 % of a call's instructions.
build_release() { swift build -c release -Xswiftc -enforce-exclusivity=unchecked "$@"; }
