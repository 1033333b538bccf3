package openai

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
)

// vector is an embedding as base64 of little-endian float32, which takes a
// third of the bytes and a tenth of the time, or as numbers, as some servers
// answer whatever they are asked for.
type vector []float32

func (v *vector) UnmarshalJSON(data []byte) error {
	if len(data) == 0 || data[0] != '"' {
		return json.Unmarshal(data, (*[]float32)(v))
	}
	var raw []byte // which unmarshals from base64
	if err := json.Unmarshal(data, &raw); err != nil || len(raw)%4 != 0 {
		return errors.New("an embedding that is no base64 of float32")
	}
	out := make([]float32, len(raw)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	*v = out
	return nil
}

// decodeEmbeddings reads an answer with n embeddings, in whichever order.
func decodeEmbeddings(answer []byte, n int) (vectors [][]float32, tokens int, err error) {
	var in struct {
		Data []struct {
			Index     int    `json:"index"`
			Embedding vector `json:"embedding"`
		} `json:"data"`
		Usage struct {
			PromptTokens int `json:"prompt_tokens"`
		} `json:"usage"`
	}
	if err := json.Unmarshal(answer, &in); err != nil {
		return nil, 0, err
	}
	vectors = make([][]float32, n)
	for _, item := range in.Data {
		if item.Index < 0 || item.Index >= n {
			return nil, 0, errors.New("an embedding of nothing that was asked for")
		}
		vectors[item.Index] = item.Embedding
	}
	return vectors, in.Usage.PromptTokens, nil
}
