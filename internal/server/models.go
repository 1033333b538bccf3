package server

import (
	"daybook/internal/llm"
	"daybook/internal/settings"
)

// modelList tells what a chat may be asked with.
type modelList struct {
	*llm.Models
	*llm.Roll
	settings settings.Settings
}

// Default is the model that answers when nobody names one.
func (m modelList) Default() llm.Ref { return llm.Ref(m.settings.Chat) }
