// Fake plays the models for the tests of the page: the protocols of
// internal/llm/llmtest over a real port, by rules that a test sets.
//
//	PUT /rules  a list of rules; the first that fits a call is played
//	GET /calls  how many calls came, are being answered and were left
//
// Its first line of output is its address and key.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"daybook/internal/llm"
	"daybook/internal/llm/llmtest"
)

// rule says what is answered to which calls. What is empty fits all.
type rule struct {
	Model    string `json:"model"`    // the model's name begins so
	Wants    string `json:"wants"`    // a structured answer with this property is asked for
	Contains string `json:"contains"` // the system's words or a message have this
	Images   bool   `json:"images"`   // there are pictures to be read
	Times    int    `json:"times"`    // so often, and then no more; 0 is always

	Text   string   `json:"text"`   // said, as the property that is wanted where one is
	Pieces []string `json:"pieces"` // said as it is, instead of the text
	Size   int      `json:"size"`   // runes in a piece of the text; 12 for 0
	First  int      `json:"first"`  // milliseconds before the first piece
	Every  int      `json:"every"`  // and between them
	Silent int      `json:"silent"` // from so many pieces on nothing more comes
	Error  int      `json:"error"`  // an error comes after so many
	Status int      `json:"status"` // answered instead
	After  int      `json:"after"`  // seconds to wait, it says with that
	// Analyst answers the steps of analyses, each with true quotations of
	// what it is given, and with these, which need not be.
	Analyst bool     `json:"analyst"`
	Also    []string `json:"also"`
	Tokens  int      `json:"tokens"` // it says it took; 100 for 0
	Calls   []struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	} `json:"calls"`
}

// stage holds the rules.
type stage struct {
	mu    sync.Mutex
	rules []*rule
	left  map[*rule]int
}

func (s *stage) set(rules []*rule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules, s.left = rules, map[*rule]int{}
	for _, r := range rules {
		s.left[r] = r.Times
	}
}

func (s *stage) play(req llmtest.Request) llmtest.Script {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rules {
		usedUp := r.Times > 0 && s.left[r] == 0
		if usedUp || !r.fits(req) {
			continue
		}
		s.left[r]--
		return r.script(req)
	}
	if said := llmtest.Analyst(req, nil); said != nil {
		return llmtest.Script{Deltas: llmtest.Object(said, 40), Usage: llm.Usage{InputTokens: 1000, OutputTokens: 100}}
	}
	return llmtest.Reply("You wrote of it in the summer [1], and again later [2].")(req)
}

func (r *rule) fits(req llmtest.Request) bool {
	switch {
	case !strings.HasPrefix(req.Model, r.Model),
		r.Wants != "" && !req.Wants(r.Wants),
		r.Analyst && llmtest.Analyst(req, nil) == nil,
		req.Inputs != nil:
		return false
	}
	pictures, said := false, strings.Contains(req.System, r.Contains)
	for _, m := range req.Messages {
		pictures = pictures || len(m.Images) > 0
		said = said || strings.Contains(m.Text, r.Contains)
	}
	if r.Images && !pictures {
		return false
	}
	return said
}

func (r *rule) script(req llmtest.Request) llmtest.Script {
	script := llmtest.Script{
		Deltas: r.Pieces, Status: r.Status, RetryAfter: time.Duration(r.After) * time.Second, SilentAfter: r.Silent, ErrorAfter: r.Error,
		First: time.Duration(r.First) * time.Millisecond, Every: time.Duration(r.Every) * time.Millisecond,
		Usage: llm.Usage{InputTokens: cmp.Or(r.Tokens, 100), OutputTokens: 20},
	}
	size := r.Size
	if size == 0 {
		size = 12
	}
	property := r.Wants
	if property == "" && req.Wants("response") {
		property = "response"
	}
	switch {
	case r.Analyst:
		script.Deltas = llmtest.Object(llmtest.Analyst(req, r.addTo), size)
	case r.Text != "" && property != "":
		script.Deltas = llmtest.Answer(property, r.Text, size)
	case r.Text != "":
		script.Deltas = llmtest.Split(r.Text, size)
	}
	for i, c := range r.Calls {
		script.Calls = append(script.Calls, llm.ToolCall{ID: fmt.Sprintf("call_%d", i), Name: c.Name, Arguments: c.Arguments})
	}
	return script
}

// addTo adds what the rule says to the quotations of an answer.
func (r *rule) addTo(answer any) any {
	switch a := answer.(type) {
	case llmtest.Analysed:
		a.Excerpts = append(a.Excerpts, r.Also...)
		return a
	case llmtest.Compared:
		for i := range a.Periods {
			for j := range a.Periods[i].Claims {
				c := &a.Periods[i].Claims[j]
				c.Excerpts = append(c.Excerpts, r.Also...)
			}
		}
		return a
	}
	return answer
}

func (s *stage) handler(fake *llmtest.Server) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /rules", func(w http.ResponseWriter, r *http.Request) {
		var rules []*rule
		if err := json.NewDecoder(r.Body).Decode(&rules); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.set(rules)
	})
	mux.HandleFunc("GET /calls", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{
			"calls": len(fake.Requests()), "open": fake.Open(), "left": fake.Left(), "violations": fake.Violations(),
		})
	})
	mux.Handle("/", fake)
	return mux
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	s := &stage{}
	server := &http.Server{Handler: s.handler(llmtest.New(s.play)), ReadHeaderTimeout: time.Minute}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	fmt.Printf("http://%s %s\n", ln.Addr(), llmtest.Key)
	if err := server.Serve(ln); err != http.ErrServerClosed {
		log.Fatal(err)
	}
}
