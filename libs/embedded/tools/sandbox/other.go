//go:build !linux

// plimsoll-sandbox needs the namespaces of Linux.
package main

import (
	"fmt"
	"os"
)

var version = "0.0.0"

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println(version)
		return
	}
	fmt.Fprintln(os.Stderr, "plimsoll-sandbox needs Linux")
	os.Exit(1)
}
