package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/store"
)

// channel is the notification channel of the servers of an installation.
const channel = "daybook"

// listenAgain is the wait before connecting again after the connection broke or
// could not be opened.
const listenAgain = 2 * time.Second

// news distributes the notifications of an installation's servers. It uses one
// connection while there are listeners.
type news struct {
	config *pgx.ConnConfig

	mu     sync.Mutex
	ears   map[string]map[chan bool]bool // by topic
	stop   context.CancelFunc            // nil without listeners
	ended  chan struct{}
	closed bool
}

func newNews(config *pgx.ConnConfig) *news {
	return &news{config: config, ears: map[string]map[chan bool]bool{}}
}

var _ store.News = (*Store)(nil)

// topicOf returns a topic as it is sent: short, and without anything about the
// journal.
func (s *Store) topicOf(topic string) string {
	sum := sha256.Sum256([]byte(topic))
	return strconv.FormatInt(s.owner, 10) + " " + hex.EncodeToString(sum[:16])
}

// Tell notifies the listeners of a topic.
func (s *Store) Tell(ctx context.Context, topic string) error {
	return wrap("tell the other servers", s.do(ctx, "SELECT pg_notify($1, $2)", channel, s.topicOf(topic)))
}

// Hear returns a channel that receives when there may be news of a topic.
func (s *Store) Hear(topic string) (<-chan bool, func()) { return s.db.news.hear(s.topicOf(topic)) }

func (n *news) hear(topic string) (<-chan bool, func()) {
	ear := make(chan bool, 1)
	ear <- false // a new listener checks first
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ears[topic] == nil {
		n.ears[topic] = map[chan bool]bool{}
	}
	n.ears[topic][ear] = true
	if n.stop == nil && !n.closed {
		ctx, stop := context.WithCancel(context.Background())
		n.stop, n.ended = stop, make(chan struct{})
		go n.listen(ctx, n.ended)
	}
	return ear, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.ears[topic], ear)
		if len(n.ears[topic]) == 0 {
			delete(n.ears, topic)
		}
	}
}

// listen distributes notifications until ctx ends. Some may be missed while
// there is no connection, so every listener checks after that.
func (n *news) listen(ctx context.Context, ended chan struct{}) {
	defer close(ended)
	for ctx.Err() == nil {
		_ = n.connected(ctx) // listeners check on their own meanwhile
		n.wake("")
		select {
		case <-ctx.Done():
		case <-time.After(listenAgain):
		}
	}
}

func (n *news) connected(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, n.config)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectWithin)
		defer cancel()
		_ = conn.Close(closing) // the server notices if this fails
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return err
	}
	n.wake("")
	for {
		notification, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		n.wake(notification.Payload)
	}
}

// wake notifies the listeners of a topic, or all for "".
func (n *news) wake(topic string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for t, ears := range n.ears {
		if topic != "" && t != topic {
			continue
		}
		for ear := range ears {
			if topic != "" {
				select {
				case <-ear: // replace a weaker notification
				default:
				}
			}
			select {
			case ear <- topic != "":
			default: // it was notified and has not checked yet
			}
		}
	}
}

func (n *news) close() error {
	n.mu.Lock()
	n.closed = true
	stop, ended := n.stop, n.ended
	n.mu.Unlock()
	if stop == nil {
		return nil
	}
	stop()
	select {
	case <-ended:
		return nil
	case <-time.After(2 * connectWithin):
		return errors.New("the connection for news does not end")
	}
}
