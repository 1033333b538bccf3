package httpapi

import "context"

// Spending returns the cost of the models; see spending.Ledger.
type Spending interface {
	// Priced reports whether any model has a price.
	Priced() bool
	// Terms returns the currency and the monthly cap, 0 for none.
	Terms() (currency string, monthlyCap float64)
	// Spent returns the cost of this month.
	Spent(ctx context.Context) (float64, error)
}

type spendingJSON struct {
	Currency *string  `json:"currency"`
	Spent    *float64 `json:"spent_this_month" doc:"At the prices in the settings; null, like the rest, if there are none"`
	Cap      *float64 `json:"monthly_cap" doc:"Null if there is none"`
}

func (s *server) spending(ctx context.Context, _ *struct{}) (*body[spendingJSON], error) {
	if !s.Spending.Priced() {
		return reply(spendingJSON{})
	}
	spent, err := s.Spending.Spent(ctx)
	if err != nil {
		return nil, err
	}
	currency, most := s.Spending.Terms()
	out := spendingJSON{Currency: &currency, Spent: &spent}
	if most > 0 {
		out.Cap = &most
	}
	return reply(out)
}
