package main

// The variables that choose a mutant, and that name the file to which the
// mutants that are reached are written.
const (
	mutantVariable  = "DAYBOOK_MUTANT"
	reachedVariable = "DAYBOOK_MUTANTS_REACHED"
)

// runtime is added to the package that is measured.
const runtime = `package p

import (
	"os"
	"strconv"
	"sync"
)

var mutantChosen, mutantReached = func() (int, *os.File) {
	id, err := strconv.Atoi(os.Getenv("` + mutantVariable + `"))
	if err != nil {
		id = -1
	}
	var f *os.File
	if name := os.Getenv("` + reachedVariable + `"); name != "" {
		f, _ = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	}
	return id, f
}()

var mutantSeen sync.Map

func mutantIs(id int) bool {
	if mutantReached != nil {
		if _, seen := mutantSeen.LoadOrStore(id, true); !seen {
			mutantReached.WriteString(strconv.Itoa(id) + "\n")
		}
	}
	return id == mutantChosen
}

type mutantNumber interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr | ~float32 | ~float64
}

func mutantNot[T ~bool](id int, v T) T { return v != T(mutantIs(id)) }
func mutantIf[T ~bool](id int, v T) bool { return !mutantIs(id) && bool(v) }

func mutantErr(id int, err error) error {
	if mutantIs(id) {
		return nil
	}
	return err
}

func mutantAnd(id int, a bool, b func() bool) bool {
	if mutantIs(id) {
		return a || b()
	}
	return a && b()
}

func mutantOr(id int, a bool, b func() bool) bool {
	if mutantIs(id) {
		return a && b()
	}
	return a || b()
}

func mutantLess[T mutantNumber](id int, a, b T) bool         { return a < b || mutantIs(id) && a == b }
func mutantGreater[T mutantNumber](id int, a, b T) bool      { return a > b || mutantIs(id) && a == b }
func mutantLessEqual[T mutantNumber](id int, a, b T) bool    { return a < b || !mutantIs(id) && a == b }
func mutantGreaterEqual[T mutantNumber](id int, a, b T) bool { return a > b || !mutantIs(id) && a == b }

func mutantAdd[T mutantNumber](id int, a, b T) T {
	if mutantIs(id) {
		return a - b
	}
	return a + b
}

func mutantSub[T mutantNumber](id int, a, b T) T {
	if mutantIs(id) {
		return a + b
	}
	return a - b
}

func mutantMul[T mutantNumber](id int, a, b T) T {
	if mutantIs(id) {
		return a + b
	}
	return a * b
}

func mutantQuo[T mutantNumber](id int, a, b T) T {
	if mutantIs(id) {
		return a * b
	}
	return a / b
}
`
