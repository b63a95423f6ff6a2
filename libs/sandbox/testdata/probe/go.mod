// What the tests run in a sandbox: a program that tries to get out, or to take more than it may.
module plimsoll.dev/probe

go 1.26.0
