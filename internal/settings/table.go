package settings

import (
	"strings"
	"time"
)

// setting is one line of the table.
type setting struct {
	name  string   // in messages, and the name that the others are made from
	flag  string   // without dashes; "" if there is none
	env   []string // variables, the first that is set wins
	key   string   // in the settings file; "" if not allowed there
	def   string   // as it would be written in a variable
	help  string   // one phrase
	value value
	// instead is what replaces a setting that users no longer need, as a phrase
	// for a notice; "" if they do. It still works from every source.
	instead string
	// fileOnly is true if the settings file is the documented place. The flag and
	// the variable still work.
	fileOnly bool
}

// replacedBy marks a setting that users no longer need.
func (s setting) replacedBy(what string) setting {
	s.instead = what
	return s
}

// inFile marks a setting that belongs in the settings file.
func (s setting) inFile() setting {
	s.fileOnly = true
	return s
}

// table lists every setting, in the order in which they are shown. A new one
// is a line here and a field of Settings.
func table() []setting {
	return []setting{
		configSetting(),
		general("addr", "127.0.0.1:8000", "where to serve, as host:port; :8000 is every interface",
			scalar(func(d *draft) *string { return &d.Addr }, readAddr, asIs)),
		general("base_path", "", "path below which a proxy serves Daybook, such as /daybook",
			scalar(func(d *draft) *string { return &d.BasePath }, readBasePath, asIs)),
		general("journal", "", "folder of the daily notes; without one a demo journal is served", path(func(d *draft) *string { return &d.Journal })),
		general("evergreen", "", "folder of notes without a date", path(func(d *draft) *string { return &d.Evergreen })),
		general("data", "", "folder of the index and the conversations; by default the platform's data folder",
			path(func(d *draft) *string { return &d.Data })),
		general("store", "", "database for the index and the conversations, as lancedb+http://host:port/database or postgres://…; by default files in the data folder",
			storeValue()),
		general("owner", "me", "owner of the journal, in a store with several owners (PostgreSQL)",
			scalar(func(d *draft) *string { return &d.Owner }, readOwner, asIs)),
		general("date_formats", "", "formats of the daily notes' names, such as YYYY-MM-DD; by default every common format is detected",
			list(func(d *draft) *[]string { return &d.DateFormats }, 0, readDateFormat)).inFile(),
		general("language", "", "language of the journal: its word stems and its words for dates; by default it is detected",
			scalar(func(d *draft) *string { return &d.Language }, readLanguage, asIs)),
		general("timezone", "Local", "time zone of the days, such as Europe/Zurich",
			scalar(func(d *draft) **time.Location { return &d.Timezone }, readTimezone, (*time.Location).String)),
		general("month_first", "", "read 5/6/2020 in a question as the 6th of May", monthFirst()).
			replacedBy("the language and region of your system (LC_ALL, LC_TIME or LANG)"),
		general("anniversaries", "", "named days of every year, such as “my birthday=02-23”",
			list(func(d *draft) *[]string { return &d.Anniversaries }, 0, readAnniversary)).inFile(),

		general("private_tags", "#private", "tags that keep a note from every provider, with the tags below them, as private: true in its front matter does",
			list(func(d *draft) *[]string { return &d.PrivateTags }, 0, readTag)),

		general("model_chat", offline, "model that answers, as provider/model; offline quotes the passages",
			model(func(d *draft) *Model { return &d.Chat }, offline)),
		general("model_intent", "", "model that interprets questions; by default the one that answers",
			model(func(d *draft) *Model { return &d.Intent })),
		general("model_embedding", BuiltIn, "model that embeds the journal; builtin runs inside the program, none searches by words alone",
			model(func(d *draft) *Model { return &d.Embedding }, BuiltIn, None)),
		general("builtin_model", "", "folder of the built-in embedding model; without one, model beside the program or in the data folder",
			path(func(d *draft) *string { return &d.BuiltinModel })).
			replacedBy("the folder “model” beside the program or in the data folder"),
		general("model_transcription", "", "model that reads scans", model(func(d *draft) *Model { return &d.Transcription })),
		general("model_speech", "", "model that transcribes recordings, at a provider with OpenAI's protocol, such as openai/whisper-1", model(func(d *draft) *Model { return &d.Speech })),
		general("model_rerank", "", "cross-encoder that orders the passages found, at a server with POST /rerank, such as llamacpp/bge-reranker-v2-m3", model(func(d *draft) *Model { return &d.Rerank })),
		general("page_longest", "2048", "longest side of a page's picture in pixels, as it is sent to be read",
			number(func(d *draft) *int { return &d.PageLongest }, 64, 4096)).
			replacedBy("a size that models read well"),
		general("page_split", "false", "cut a picture that is wider than high in two, as the pages of an open book", boolean(func(d *draft) *bool { return &d.PageSplit })).inFile(),
		general("pages_at_once", "8", "how many pages are read at a time", number(func(d *draft) *int { return &d.PagesAtOnce }, 1, 64)).
			replacedBy("the provider's limits"),
		general("transcription_partial", "false", "save a transcription even if some pages could not be read, with a marker for each missing page",
			boolean(func(d *draft) *bool { return &d.TranscriptionPartial })).inFile(),
		general("prompts", "", "folder of prompts that replace the built-in ones", path(func(d *draft) *string { return &d.Prompts })),
		general("instructions", "", "how you want to be answered, such as “Answer briefly. Call me Jo.”",
			scalar(func(d *draft) *string { return &d.Instructions }, readInstructions, asIs)).inFile(),
		general("chat_max_output_tokens", "0", "maximum length of an answer in tokens; 0 sends no limit",
			number(func(d *draft) *int { return &d.ChatMaxOutputTokens }, 0, 1_000_000)).inFile(),
		general("search_help", "auto", "the model that answers also rewrites the question and orders the passages found: auto if it is fast, off, or how long it may take, such as 3s",
			scalar(func(d *draft) *SearchHelp { return &d.SearchHelp }, readSearchHelp, SearchHelp.String)).inFile(),
		general("top_k", "5", "how many entries a question finds", number(func(d *draft) *int { return &d.TopK }, 1, 100)).
			replacedBy("as many days as answer the question"),
		general("analysis_at_once", "16", "how many steps of analyses are made at a time", number(func(d *draft) *int { return &d.AnalysisAtOnce }, 1, 64)).
			replacedBy("the provider's limits"),
		general("confirm_size", "200000", "tokens above which an analysis asks first; 0 is never", number(func(d *draft) *int { return &d.ConfirmSize }, 0, 1_000_000_000)).
			replacedBy("confirm_cost; without a price, a long analysis asks first"),
		general("confirm_cost", "1", "cost above which an analysis asks first; 0 is never", amount(func(d *draft) *float64 { return &d.ConfirmCost })),
		general("monthly_cap", "0", "maximum cost of all models in a month; 0 is no cap",
			amount(func(d *draft) *float64 { return &d.MonthlyCap })),
		general("currency", "USD", "currency of the prices and the cap", scalar(func(d *draft) *string { return &d.Currency }, readCurrency, asIs)).inFile(),
		general("undo_days", "30", "how many days a note that was deleted here can be brought back",
			number(func(d *draft) *int { return &d.UndoDays }, 1, 3650)).
			replacedBy("30 days"),
		general("history_days", "0", "how many days a note's versions are kept; 0 keeps them forever",
			number(func(d *draft) *int { return &d.HistoryDays }, 0, 36500)).inFile(),
		general("backup_keep", "7", "how many daily backups are kept; 0 makes none", number(func(d *draft) *int { return &d.BackupKeep }, 0, 1000)),
		general("backup_dir", "", "folder of the daily backups, which must exist; without one, backups in the data folder", path(func(d *draft) *string { return &d.BackupDir })).inFile(),
		general("backup_recipients", "", "age public keys (age1…) to encrypt the daily backups for",
			list(func(d *draft) *[]string { return &d.BackupRecipients }, 0, readRecipient)).inFile(),
		general("idle_timeout", "60s", "how long a provider may be silent",
			scalar(func(d *draft) *time.Duration { return &d.IdleTimeout }, readTimeout, time.Duration.String)).
			replacedBy("a minute"),

		general("tls_cert", "", "certificate file for HTTPS, in PEM, followed by its chain; requires tls_key",
			path(func(d *draft) *string { return &d.TLSCert })),
		general("tls_key", "", "private key file of the certificate, in PEM", path(func(d *draft) *string { return &d.TLSKey })),
		secretly("token", "token that every request must send; by default one is generated and kept in the data folder", tokenValue()),
		general("no_token", "false", "serve without a token, for clients that cannot send one; on this machine only",
			boolean(func(d *draft) *bool { return &d.NoToken })),
		general("cors_origins", "", "origins of other web pages that may read and change everything, such as http://localhost:5173",
			list(func(d *draft) *[]string { return &d.CORSOrigins }, 0, readOrigin)),
		general("allowed_hosts", "", "host names that the server answers to, besides localhost and IP addresses",
			list(func(d *draft) *[]string { return &d.AllowedHosts }, 0, readHost)),
		general("insecure_http", "false", "let the journal and keys travel unencrypted beyond private networks",
			boolean(func(d *draft) *bool { return &d.InsecureHTTP })),

		fromEnv("lancedb_api_key", "key for the LanceDB server that store names", key(func(d *draft) *Secret { return &d.StoreKey }), "DAYBOOK_LANCEDB_API_KEY"),
		fromEnv("openai_api_key", "key for OpenAI", keyOf("openai"), "OPENAI_API_KEY"),
		fromEnv("openai_base_url", "another server that speaks OpenAI's protocol", addressOf("openai"), "OPENAI_BASE_URL"),
		fromEnv("anthropic_api_key", "key for Anthropic", keyOf("anthropic"), "ANTHROPIC_API_KEY"),
		fromEnv("anthropic_base_url", "another address for Anthropic", addressOf("anthropic"), "ANTHROPIC_BASE_URL"),
		// The order is that of Google's own SDK.
		fromEnv("gemini_api_key", "key for Gemini; the first wins", keyOf("gemini"), "GOOGLE_API_KEY", "GEMINI_API_KEY"),
		fromEnv("gemini_base_url", "another address for Gemini", addressOf("gemini"), "GOOGLE_GEMINI_BASE_URL"),

		fromFile("providers", "more servers that speak OpenAI's protocol: a table each, with base_url, api_key_env or api_key, and json_schema. The variable has name=address, and NAME_API_KEY the key", endpoints()).inEnv(providerEntry),
		fromFile("budgets", "requests_per_minute and tokens_per_minute by \"provider/model\" or \"provider\"; in the variable model=tokens or model=tokens:requests", budgets()).inEnv(budgetEntry),
		fromFile("prices", "input and output by \"provider/model\" or \"provider\": what a million tokens cost; in the variable model=input:output", prices()).inEnv(priceEntry),
		fromFile("context_windows", "tokens that a prompt and its answer may take, by \"provider/model\" or \"provider\"; in the variable model=tokens", contextWindows()).inEnv(windowEntry),
	}
}

// configSetting is the settings file itself, which is read before the rest.
func configSetting() setting {
	s := general("config", "", "settings file; by default daybook/config.toml in the platform's configuration folder",
		value{set: func(*draft, input) {}, show: func(d *draft) string { return d.ConfigFile }})
	s.key = ""
	return s
}

// general is a setting that every source may have: some_name, --some-name and
// DAYBOOK_SOME_NAME.
func general(name, def, help string, v value) setting {
	return setting{
		name: name, key: name, flag: strings.ReplaceAll(name, "_", "-"),
		env: []string{"DAYBOOK_" + strings.ToUpper(name)}, def: def, help: help, value: v,
	}
}

// secretly is general without the flag: other users can list a process's
// arguments.
func secretly(name, help string, v value) setting {
	s := general(name, "", help, v)
	s.flag = ""
	return s
}

func fromEnv(name, help string, v value, env ...string) setting {
	return setting{name: name, env: env, help: help, value: v}
}

func fromFile(name, help string, v value) setting {
	return setting{name: name, key: name, help: help, value: v}
}
