"""What the tests of the finished product stand on: real processes, real sockets, and peers that do as they are told."""
