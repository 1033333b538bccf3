package scantest

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"
)

var errWOFF = errors.New("not a font in WOFF 1")

// unpack converts a font from WOFF 1 to OpenType: the same tables, which may be
// compressed, with a different header.
func unpack(data []byte) ([]byte, error) {
	const header, entry = 44, 20
	order := binary.BigEndian
	if len(data) < header || string(data[:4]) != "wOFF" {
		return nil, errWOFF
	}
	n := int(order.Uint16(data[12:]))
	if len(data) < header+n*entry {
		return nil, errWOFF
	}
	font := append([]byte{}, data[4:8]...)
	font = order.AppendUint16(font, uint16(n))
	power := 1
	for power*2 <= n {
		power *= 2
	}
	exponent := 0
	for 1<<(exponent+1) <= power {
		exponent++
	}
	font = order.AppendUint16(font, uint16(power*16))
	font = order.AppendUint16(font, uint16(exponent))
	font = order.AppendUint16(font, uint16((n-power)*16))
	body := make([]byte, 0, 2*len(data))
	at := len(font) + n*16
	for i := range n {
		e := data[header+i*entry:]
		offset, packed, size := int(order.Uint32(e[4:])), int(order.Uint32(e[8:])), int(order.Uint32(e[12:]))
		if offset+packed > len(data) || packed > size {
			return nil, errWOFF
		}
		table := data[offset : offset+packed]
		if packed < size {
			r, err := zlib.NewReader(bytes.NewReader(table))
			if err != nil {
				return nil, err
			}
			if table, err = io.ReadAll(io.LimitReader(r, int64(size))); err != nil {
				return nil, err
			}
		}
		font = append(font, e[:4]...)
		font = append(font, e[16:20]...) // its checksum
		font = order.AppendUint32(font, uint32(at+len(body)))
		font = order.AppendUint32(font, uint32(size))
		body = append(body, table...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	return append(font, body...), nil
}
