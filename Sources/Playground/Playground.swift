internal import ArgumentParser

@main
struct Playground: AsyncParsableCommand {}
