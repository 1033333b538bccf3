//go:build !linux && !darwin

package edit

import "os"

func exchange(*os.File, string, string) error { return errNoExchange }

func openForWriting(*os.File) (open, known bool) { return false, false }
