//go:build !unix

package pages

const openFlags = 0
