internal import ArgumentParser

@main
struct Pantograph: AsyncParsableCommand {}
