package main

import "unsafe"

func address(of *uint32) uintptr { return uintptr(unsafe.Pointer(of)) }
