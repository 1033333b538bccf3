// Command compact stores the weights of the built-in embedding model as bytes.
package main

import (
	"fmt"
	"os"

	"daybook/internal/embed"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: compact MODEL.safetensors COMPACT.safetensors")
		os.Exit(2)
	}
	if err := compact(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "compact:", err)
		os.Exit(1)
	}
}

func compact(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if err := embed.Compact(out, in, info.Size()); err != nil {
		_ = out.Close() // the error that matters is err
		return err
	}
	return out.Close()
}
