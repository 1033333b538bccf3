package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"daybook/internal/store"
)

// Stats counts what is indexed; see store.Index.
type Stats interface {
	Stats(ctx context.Context) (store.Stats, error)
}

// metrics counts requests by route. Paths and queries are not labels: they are
// the user's text.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	running  prometheus.Gauge
	refused  *prometheus.CounterVec
}

func newMetrics(c *Config) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daybook_http_requests_total", Help: "Requests by route and status."}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "daybook_http_request_seconds", Help: "Time to answer, until the end of streams.", Buckets: []float64{.005, .025, .1, .5, 2.5, 10, 60},
		}, []string{"route"}),
		running: prometheus.NewGauge(prometheus.GaugeOpts{Name: "daybook_http_requests_running", Help: "Requests that are being answered."}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daybook_http_refused_total", Help: "Requests refused before their route, by status."}, []string{"status"}),
	}
	version := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "daybook_info", Help: "Always 1.", ConstLabels: prometheus.Labels{"version": c.Version},
	}, func() float64 { return 1 })
	ready := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "daybook_ready", Help: "1 once the journal was read."}, func() float64 {
		if c.Ready() {
			return 1
		}
		return 0
	})
	m.registry.MustRegister(m.requests, m.seconds, m.running, m.refused, version, ready, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if c.Stats != nil {
		m.registry.MustRegister(statsCollector{c.Stats})
	}
	return m
}

// handler serves the metrics.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// count handles a request of a route and counts it.
func (m *metrics) count(route string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		m.running.Inc()
		seen := &statusWriter{ResponseWriter: w}
		defer func() {
			if seen.status == 0 {
				seen.status = http.StatusOK
			}
			m.running.Dec()
			m.requests.WithLabelValues(route, strconv.Itoa(seen.status)).Inc()
			m.seconds.WithLabelValues(route).Observe(time.Since(began).Seconds())
		}()
		next.ServeHTTP(seen, r)
	})
}

// statsCollector reads the counts of the index at each scrape.
type statsCollector struct{ stats Stats }

var (
	entriesDesc  = prometheus.NewDesc("daybook_entries", "Notes in the index.", nil, nil)
	passagesDesc = prometheus.NewDesc("daybook_passages", "Passages in the index.", nil, nil)
)

// Describe implements prometheus.Collector.
func (statsCollector) Describe(ch chan<- *prometheus.Desc) { ch <- entriesDesc; ch <- passagesDesc }

// Collect implements prometheus.Collector.
func (c statsCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	stats, err := c.stats.Stats(ctx)
	if err != nil { // serve the other metrics
		return
	}
	ch <- prometheus.MustNewConstMetric(entriesDesc, prometheus.GaugeValue, float64(stats.Entries))
	ch <- prometheus.MustNewConstMetric(passagesDesc, prometheus.GaugeValue, float64(stats.Passages))
}
