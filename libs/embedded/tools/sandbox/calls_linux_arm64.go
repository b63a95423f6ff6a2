package main

import "syscall"

const architecture = 0xc00000b7
const otherNumbers = 0
const seccompCall = 277
const clone3Call = 435

var deniedCalls = append([]uint32{
	syscall.SYS_PTRACE, syscall.SYS_MOUNT, syscall.SYS_UMOUNT2, syscall.SYS_PIVOT_ROOT, syscall.SYS_CHROOT,
	syscall.SYS_UNSHARE, syscall.SYS_ADD_KEY, syscall.SYS_REQUEST_KEY, syscall.SYS_KEYCTL, syscall.SYS_PERF_EVENT_OPEN,
	syscall.SYS_INIT_MODULE, syscall.SYS_DELETE_MODULE, syscall.SYS_KEXEC_LOAD, syscall.SYS_REBOOT,
	syscall.SYS_QUOTACTL, syscall.SYS_ACCT, syscall.SYS_SWAPON, syscall.SYS_SWAPOFF, syscall.SYS_SYSLOG,
	syscall.SYS_PERSONALITY,
	264, 265, // name_to_handle_at, open_by_handle_at
	268,      // setns
	270, 271, // process_vm_readv, process_vm_writev
	272, 273, // kcmp, finit_module
	280, 282, 294, // bpf, userfaultfd, kexec_file_load
}, newerCalls...)
