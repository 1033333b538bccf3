package embed

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
)

func tensorFile(header string, body []byte) []byte {
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(file, header...), body...)
}

func readTensor(data []byte) ([]float32, error) {
	file, err := newTensors(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	return file.floats("x", 2, 1)
}

func TestTensors(t *testing.T) {
	body := binary.LittleEndian.AppendUint32(nil, math.Float32bits(9))
	body = binary.LittleEndian.AppendUint32(body, math.Float32bits(-1.5))
	body = binary.LittleEndian.AppendUint32(body, math.Float32bits(2))
	const good = `{"__metadata__":{"format":"pt"},"x":{"dtype":"F32","shape":[2,1],"data_offsets":[4,12]}}`
	got, err := readTensor(tensorFile(good, body))
	if err != nil || len(got) != 2 || got[0] != -1.5 || got[1] != 2 {
		t.Fatalf("%v, %v", got, err)
	}
	whole := tensorFile(good, body)
	for n := range whole {
		if _, err := readTensor(whole[:n]); err == nil {
			t.Errorf("read from the first %d bytes", n)
		}
	}
	for name, bad := range map[string][]byte{
		"another shape":    tensorFile(`{"x":{"dtype":"F32","shape":[1,2],"data_offsets":[4,12]}}`, body),
		"another type":     tensorFile(`{"x":{"dtype":"F16","shape":[2,1],"data_offsets":[4,8]}}`, body),
		"another name":     tensorFile(`{"y":{"dtype":"F32","shape":[2,1],"data_offsets":[4,12]}}`, body),
		"too little":       tensorFile(`{"x":{"dtype":"F32","shape":[2,1],"data_offsets":[4,8]}}`, body),
		"beyond":           tensorFile(`{"x":{"dtype":"F32","shape":[2,1],"data_offsets":[8,16]}}`, body),
		"before":           tensorFile(`{"x":{"dtype":"F32","shape":[2,1],"data_offsets":[-8,0]}}`, body),
		"backwards":        tensorFile(`{"x":{"dtype":"F32","shape":[2,1],"data_offsets":[12,4]}}`, body),
		"no JSON":          tensorFile(`{"x":`, body),
		"no object":        tensorFile(`{"x":[]}`, body),
		"an endless start": append(bytes.Repeat([]byte{255}, 8), body...),
		"not a number":     tensorFile(good, bytes.Repeat([]byte{255}, 12)),
	} {
		if got, err := readTensor(bad); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func FuzzTensors(f *testing.F) {
	f.Add(tensorFile(`{"x":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}`, make([]byte, 8)))
	f.Add(tensorFile(`{"x":{"dtype":"F32","shape":[2,1],"data_offsets":[9223372036854775807,-9223372036854775801]}}`, nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := readTensor(data)
		if err == nil && (len(got) != 2 || len(data) < 16) {
			t.Fatalf("%d numbers of %d bytes", len(got), len(data))
		}
	})
}

func FuzzCompact(f *testing.F) {
	f.Add(tensorFile(`{"a.weight":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}`, make([]byte, 8)))
	f.Add(tensorFile(`{"a.weight":{"dtype":"F32","shape":[9223372036854775807,2],"data_offsets":[0,-8]}}`, make([]byte, 8)))
	f.Add(tensorFile(`{"a.weight":{"dtype":"I8","shape":[2,1],"data_offsets":[0,2]},"a.weight.scales":{"dtype":"F32","shape":[2],"data_offsets":[2,10]}}`, make([]byte, 10)))
	f.Fuzz(func(t *testing.T, data []byte) {
		var out bytes.Buffer
		if Compact(&out, bytes.NewReader(data), int64(len(data))) != nil {
			return
		}
		file, err := newTensors(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		for name, e := range file.entries {
			if _, err := file.open(name, e.Type, e.Shape...); err != nil {
				t.Fatal(err)
			}
		}
	})
}
