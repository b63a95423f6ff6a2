//go:build linux

package main

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"syscall"
)

// unpack writes the archive below a folder that holds nothing else: plain files and folders with plain names only.
func unpack(input *bufio.Reader, folder string, forNobody bool) error {
	archive := tar.NewReader(input)
	made := map[string]bool{folder: true}
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the archive of files is broken: %w", err)
		}
		if err := checkEntry(header); err != nil {
			return err
		}
		target := path.Join(folder, header.Name)
		parent := path.Dir(target)
		if header.Typeflag == tar.TypeDir {
			parent = target
		}
		if err := makeFolders(parent, made, forNobody); err != nil {
			return full(err)
		}
		if header.Typeflag == tar.TypeDir {
			continue
		}
		if err := writeFile(target, archive, forNobody); err != nil {
			return full(err)
		}
	}
}

func checkEntry(header *tar.Header) error {
	name := strings.TrimSuffix(header.Name, "/")
	if header.Typeflag != tar.TypeReg && header.Typeflag != tar.TypeDir {
		return fmt.Errorf("%q in the archive is neither a file nor a folder", header.Name)
	}
	if name == "" || path.IsAbs(name) || path.Clean(name) != name || name == ".." || strings.HasPrefix(name, "../") || strings.ContainsRune(name, 0) {
		return fmt.Errorf("%q in the archive is no path below the folder", header.Name)
	}
	return nil
}

func makeFolders(folder string, made map[string]bool, forNobody bool) error {
	if made[folder] {
		return nil
	}
	if err := makeFolders(path.Dir(folder), made, forNobody); err != nil {
		return err
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	made[folder] = true
	return handOver(folder, forNobody)
}

func writeFile(target string, content io.Reader, forNobody bool) error {
	file, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := io.Copy(file, content); err != nil {
		return err
	}
	return handOver(target, forNobody)
}

func handOver(path string, forNobody bool) error {
	if !forNobody {
		return nil
	}
	return os.Lchown(path, nobody, nobody)
}

func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return errors.New("the files take more space than the sandbox may have")
	}
	if errors.Is(err, os.ErrExist) || errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("a path is in the archive twice: %w", err)
	}
	return err
}
