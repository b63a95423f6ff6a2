// plimsoll-sandbox: our own launcher of programs that are not trusted. It needs nothing but the standard library.
module plimsoll.dev/tools/sandbox

go 1.26.0
