// Package local finds model servers on this machine: Ollama, LM Studio, llama.cpp, vLLM,
// LocalAI and Jan, at their default ports. It only contacts the loopback address, and
// only requests the list of models.
package local

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Server is a model server on this machine.
type Server struct {
	Name       string // for a provider in the settings, such as "ollama"
	Label      string // as people know it, such as "Ollama"
	BaseURL    string
	Models     []string // that chat
	Embeddings []string // models that embed
}

// Port is the default port of a kind of server.
type Port struct {
	Number      int
	Name, Label string
}

// Ports are the default ports of the known servers.
var Ports = []Port{
	{11434, "ollama", "Ollama"}, {1234, "lmstudio", "LM Studio"}, {8080, "llamacpp", "llama.cpp"}, {8000, "vllm", "vLLM"}, {1337, "jan", "Jan"},
}

// Limits on asking a server.
const (
	within   = 1500 * time.Millisecond
	maxBody  = 1 << 20
	maxNames = 200
)

// Find returns the servers that answer at ports, in their order. Not is the address that
// this process serves; it is left out.
func Find(ctx context.Context, ports []Port, not net.Addr) []Server {
	client := &http.Client{
		Timeout:       within,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{DisableKeepAlives: true}, // no proxy
	}
	found := make([]*Server, len(ports))
	var wg sync.WaitGroup
	for i, port := range ports {
		if tcp, ok := not.(*net.TCPAddr); ok && tcp.Port == port.Number {
			continue
		}
		wg.Go(func() { found[i] = ask(ctx, client, port) })
	}
	wg.Wait()
	var servers []Server
	for _, s := range found {
		if s != nil {
			servers = append(servers, *s)
		}
	}
	return servers
}

// list is a list of models in OpenAI's form.
type list struct {
	Data []struct {
		ID      string `json:"id"`
		OwnedBy string `json:"owned_by"`
	} `json:"data"`
}

func ask(ctx context.Context, client *http.Client, port Port) *Server {
	base := fmt.Sprintf("http://127.0.0.1:%d", port.Number)
	var models list
	if !get(ctx, client, base+"/v1/models", &models) || models.Data == nil {
		return nil
	}
	s := &Server{Name: port.Name, Label: port.Label, BaseURL: base + "/v1"}
	owner := ""
	for _, m := range models.Data[:min(len(models.Data), maxNames)] {
		if m.ID == "" || strings.ContainsFunc(m.ID, func(r rune) bool { return r < ' ' }) {
			continue
		}
		owner = cmp.Or(owner, m.OwnedBy)
		if embeds.MatchString(m.ID) {
			s.Embeddings = append(s.Embeddings, m.ID)
		} else {
			s.Models = append(s.Models, m.ID)
		}
	}
	s.recognize(owner)
	slices.Sort(s.Models)
	slices.Sort(s.Embeddings)
	return s
}

// recognize identifies a server by the owner of its models, because other kinds use the
// same ports.
func (s *Server) recognize(owner string) {
	for sign, kind := range map[string][2]string{
		"llamacpp": {"llamacpp", "llama.cpp"}, "vllm": {"vllm", "vLLM"}, "library": {"ollama", "Ollama"}, "organization_owner": {"lmstudio", "LM Studio"},
	} {
		if owner == sign {
			s.Name, s.Label = kind[0], kind[1]
			return
		}
	}
	if s.Name == "llamacpp" && owner != "" {
		s.Name, s.Label = "localai", "LocalAI"
	}
}

// embeds matches the names of embedding models.
var embeds = regexp.MustCompile(`(?i)embed|minilm|(^|[/_-])(bge|e5|gte|jina-emb)|nomic-bert|sentence`)

func get(ctx context.Context, client *http.Client, url string, into any) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	req.Header.Set("Accept", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK && json.NewDecoder(io.LimitReader(resp.Body, maxBody)).Decode(into) == nil
}

// Has returns the model among names that a name means: the same, or the same with
// a tag.
func Has(names []string, name string) (string, bool) {
	for _, n := range names {
		if n == name {
			return n, true
		}
	}
	for _, n := range names {
		if strings.EqualFold(n, name) || strings.EqualFold(n, name+":latest") {
			return n, true
		}
	}
	var tagged []string
	for _, n := range names {
		base, _, _ := strings.Cut(n, ":")
		if strings.EqualFold(base, name) || strings.EqualFold(base[strings.LastIndexByte(base, '/')+1:], name) {
			tagged = append(tagged, n)
		}
	}
	if len(tagged) == 1 {
		return tagged[0], true
	}
	return "", false
}
