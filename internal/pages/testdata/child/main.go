// Command child decodes pages as daybook does, and misbehaves in other ways,
// for tests that need a program without the race detector's memory.
package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"time"

	"daybook/internal/pages"
)

func main() {
	switch os.Args[1] {
	case "decode":
		if err := pages.Child(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
	case "hang": // without reading either
		time.Sleep(time.Hour)
	case "hang later": // when a page is asked for
		answer('i', []byte(`{"Pages":3}`))
		_, _ = io.Copy(io.Discard, os.Stdin)
		time.Sleep(time.Hour)
	case "exit":
		answer('i', []byte(`{"Pages":3}`))
	case "flood":
		go func() { _, _ = io.Copy(io.Discard, os.Stdin) }()
		for {
			_, _ = os.Stdout.Write(bytes.Repeat([]byte("p\xff\xff\xff\xff"), 1000))
		}
	case "flood of pictures":
		go func() { _, _ = io.Copy(io.Discard, os.Stdin) }()
		answer('i', []byte(`{"Pages":3}`))
		for {
			answer('p', []byte("\x00\x00\x00\x00\x10\x00\x00\x00\x10\xff\xd8\xff"))
		}
	case "greedy":
		go func() { _, _ = io.Copy(io.Discard, os.Stdin) }()
		var held [][]byte
		for {
			b := make([]byte, 1<<20)
			for i := range b {
				b[i] = 1
			}
			held = append(held, b)
			time.Sleep(time.Millisecond)
			if len(held) > 4096 {
				os.Exit(1)
			}
		}
	case "lie":
		go func() { _, _ = io.Copy(io.Discard, os.Stdin) }()
		answer('i', []byte(`{"Pages":3}`))
		answer('q', []byte("\x00\x00\x00\x00\x10\x00\x00\x00\x10<html>"))
		time.Sleep(time.Hour)
	case "talkative":
		go func() { _, _ = io.Copy(io.Discard, os.Stdin) }()
		answer('e', []byte(`{"Reason":"Dear diary, today I"}`))
		time.Sleep(time.Hour)
	}
}

func answer(kind byte, body []byte) {
	head := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)))
	_, _ = os.Stdout.Write(append(head, body...))
}
