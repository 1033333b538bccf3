package server

import (
	"daybook/internal/llm"
	"daybook/internal/settings"
)

// modelList lists the models for chats.
type modelList struct {
	*llm.Models
	*llm.Catalog
	settings settings.Settings
}

// Default is the model for requests that name none.
func (m modelList) Default() llm.Ref { return llm.Ref(m.settings.Chat) }
