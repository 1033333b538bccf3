package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// table lists the routes of the API: method, path, who may use it, handler, and
// how it is described. Routes of parts that the server does not have are left
// out.
func (s *server) table(api huma.API) []route {
	return slices.Concat(
		[]route{
			get("/status", anyone, call(s, s.status), "status", "Whether the journal is ready"),
			get("/session", anyone, call(s, s.session), "session", "Whether a token is required, and whether this browser is signed in"),
			post("/login", anyone, call(s, s.login), "login", "Sign this browser in with the token: it gets a cookie", noContent, maxBytes(MaxLogin), fails(401, 413, 422, 429)),
			get("/session/browsers", owner, call(s, s.browsers), "browsers", "The browsers that are signed in", fails(401)),
			del("/session/browsers/{id}", owner, call(s, s.browserSignOut), "browser_sign_out", "Sign a browser out", fails(401, 404)),
			post("/login/code", owner, call(s, s.loginCode), "login_code", "Create a code that signs in one other browser, within five minutes", fails(409, 429)),
			post("/logout", anyone, call(s, s.logout), "logout", "Sign this browser out and cancel its running requests", noContent),

			post("/journal_chat", owner, call(s, s.chat), "chat", "Ask the journal and get the whole answer"),
			post("/journal_chat/stream", owner, stream(s, s.chatStream), "chat_stream", "Ask the journal and stream the answer", streams(api, chatStreamDoc, "ChatStreamEvent", chatEvents)),
			post("/journal_chat_agent/stream", owner, stream(s, s.agentStream), "agent_stream", "Have a model search the journal itself, and stream its answer", streams(api, agentStreamDoc, "AgentStreamEvent", agentEventsDescribed)),

			get("/search", owner, call(s, s.search), "search", "Find the entries that words, a question or a date are about"),

			post("/threads", owner, call(s, s.createThread), "create_thread", "Create a thread"),
			get("/threads", owner, call(s, s.listThreads), "list_threads", "All threads, most recently updated first, or those that have the words of q", fails(422)),
			get("/threads/{thread_id}", owner, call(s, s.getThread), "get_thread", "One thread"),
			put("/threads/{thread_id}", owner, call(s, s.renameThread), "rename_thread", "Rename a thread"),
			del("/threads/{thread_id}", owner, call(s, s.deleteThread), "delete_thread", "Delete a thread and its messages"),
			get("/threads/{thread_id}/export", owner, call(s, s.exportThread), "export_thread", "A thread as a file: Markdown to be read, or JSON that Daybook can import", fails(401, 404, 422), exports(api)),
			post("/threads/{thread_id}/fork", owner, call(s, s.forkThread), "fork_thread", "Copy a thread up to one of its messages", fails(401, 404)),
			post("/threads/{thread_id}/title", owner, call(s, s.titleThread), "title_thread", "Have a model write a thread's title", fails(401, 404, 409, 422, 502)),
			post("/threads/{thread_id}/generate-title", owner, call(s, s.generateTitle), "generate_title", "Generate a thread's title, as the older service did", fails(400, 401, 404, 422, 502)),
			get("/threads/{thread_id}/messages", owner, call(s, s.listMessages), "list_messages", "A thread's messages, oldest first"),
			post("/threads/{thread_id}/messages", owner, call(s, s.addMessage), "add_message", "Add a message to a thread"),
			get("/threads/{thread_id}/messages/{message_id}/stream", owner, stream(s, s.messageStream), "message_stream", "Stream a saved answer from its beginning", streams(api, liveStreamDoc, "AnswerStreamEvent", followEvents), errorsOf(401, 404)),
			post("/threads/{thread_id}/messages/{message_id}/stop", owner, call(s, s.stopMessage), "stop_message", "Stop an answer and keep what it has so far", fails(401, 404, 409)),
		},
		with(s.Notes != nil,
			get("/entries", owner, call(s, s.listEntries), "list_entries", "Entries, newest first, or every entry of a day", fails(422)),
			post("/entries", owner, call(s, s.createEntry), "create_entry", "Write a note for a day that has none", created, fails(409, 413, 422)),
			get("/entries/{id}", owner, call(s, s.getEntry), "get_entry", "One entry", fails(404), notModified("The note is the one that If-None-Match names")),
			put("/entries/{id}", owner, call(s, s.replaceEntry), "replace_entry", "Write the text of a note that its owner typed: the body, or the words below “### Transcription” in a note that is not marked as transcribed", fails(404, 409, 412, 413, 422, 428)),
			put("/entries/{id}/transcription", owner, call(s, s.correctEntry), "correct_transcription", "Write the text of a scan's note, and mark it as transcribed", fails(404, 409, 412, 413, 422, 428)),
			post("/entries/{id}/tasks", owner, call(s, s.tickTask), "tick_task", "Mark a task of a note as done or not done: one byte of its file changes", fails(404, 409, 412, 422, 428)),
			del("/entries/{id}", owner, call(s, s.deleteEntry), "delete_entry", "Delete a note, and erase its words from the index and its vectors; it can be restored from its versions for 30 days", fails(404, 409, 412, 422, 428)),
			get("/entries/{id}/history", owner, call(s, s.listVersions), "list_versions", "The stored versions of a note, newest first", fails(404)),
			post("/entries/{id}/history", owner, call(s, s.acceptNote), "accept_note", "Accept the note as it is now: what another program wrote no longer conflicts with what was saved before", fails(404, 409, 412, 413, 422, 428)),
			get("/entries/{id}/history/{version}", owner, call(s, s.getVersion), "get_version", "One version of a note", fails(404)),
			post("/entries/{id}/history/{version}/restore", owner, call(s, s.restoreVersion), "restore_version", "Restore a version of a note, byte for byte; a deleted note is created again. This can be undone", fails(404, 409, 412, 413, 422, 428)),
			get("/deleted", owner, call(s, s.listDeleted), "list_deleted", "Deleted notes that have versions, last deleted first", fails(422)),
		),
		with(s.Notes != nil && s.Book != nil,
			get("/entries/{id}/pages/{n}/image", owner, call(s, s.pageImage), "page_image", "The picture of a page, scaled", fails(404, 422), pictures),
		),
		with(s.Notes != nil && s.Attachments != nil,
			get("/entries/{id}/file", owner, call(s, s.showAttachment), "attachment", "A picture, recording, video or PDF that a note embeds or links to. It is searched for beside the note, in the attachment folder, and by name anywhere in the vault", fails(404, 422), attachedFile),
		),
		with(s.Attacher != nil,
			post("/files", owner, plain(s.addFiles), "add_files", "Save pictures and other files for a note", takesFiles(api)),
		),
		with(s.Notes != nil && s.Links != nil,
			get("/entries/{id}/follow", owner, call(s, s.followLink), "follow_link", "Where a link in a note leads, as in Obsidian and Logseq", fails(404, 422)),
			get("/entries/{id}/backlinks", owner, call(s, s.entryBacklinks), "backlinks", "The links to a note", fails(404)),
			get("/days/{date}/backlinks", owner, call(s, s.dayBacklinks), "day_backlinks", "The links to a day and its notes, from notes of other days", fails(422)),
		),
		with(s.Notes != nil && s.Book != nil && s.Ingest != nil,
			post("/entries/{id}/pages/{n}/retranscribe", owner, call(s, s.readPageAgain), "retranscribe_page", "Have a page transcribed again", fails(404, 409, 412, 422)),
		),
		with(s.Uploads != nil && s.Inspector != nil,
			post("/pages", owner, plain(s.upload), "upload_pages", "Add scans", uploads(api)),
		),
		with(s.Recordings != nil && s.Notes != nil,
			post("/recordings", owner, plain(s.addRecording), "add_recording", "Save a recording, and embed it in the note of its day", recordingUpload(api)),
			post("/entries/{id}/recordings/transcribe", owner, call(s, s.transcribeRecording), "transcribe_recording", "Transcribe a recording into its note", fails(404, 409, 413, 422, 429, 502, 504)),
		),
		with(s.Glossary != nil,
			get("/glossary", owner, call(s, s.listGlossary), "list_glossary", "Words corrected in transcriptions or typed in: hints for later pages"),
			put("/glossary", owner, call(s, s.putTerm), "put_glossary_word", "Add a word to the glossary, or change one", fails(409, 422)),
			del("/glossary", owner, call(s, s.removeTerm), "remove_glossary_word", "Remove a word from the glossary", fails(404, 422)),
		),
		with(s.Notebooks != nil,
			get("/notebooks", owner, call(s, s.listNotebooks), "list_notebooks", "Notebooks, the latest first"),
			put("/notebooks/{id}", owner, call(s, s.putNotebook), "put_notebook", "Start a notebook, or change its properties. Idempotent", fails(409, 422)),
			get("/notebooks/{id}", owner, call(s, s.getNotebook), "get_notebook", "A notebook: its pages in order, with their dates", fails(404)),
			del("/notebooks/{id}", owner, call(s, s.deleteNotebook), "delete_notebook", "Delete a notebook. Pages that are in the journal stay there", noContent, fails(404, 409)),
			put("/notebooks/{id}/files/{key}", owner, plain(s.addNotebookFile), "add_notebook_file", "Add a photograph, a scan or a PDF to a notebook", notebookFile(api)),
			patch("/notebooks/{id}/pages/{page}", owner, call(s, s.editNotebookPage), "edit_notebook_page", "Correct the dates of a page, or its place", fails(404, 409, 422)),
			del("/notebooks/{id}/pages/{page}", owner, call(s, s.removeNotebookPage), "remove_notebook_page", "Remove a page", fails(404, 409)),
			get("/notebooks/{id}/pages/{page}/image", owner, call(s, s.notebookImage), "notebook_page_image", "The picture of a page, scaled", fails(404, 422), pictures),
			post("/notebooks/{id}/retry", owner, call(s, s.retryNotebook), "retry_notebook", "Try again to read the pages that failed", fails(404)),
			post("/notebooks/{id}/confirm", owner, call(s, s.confirmNotebook), "confirm_notebook", "Put the pages into the journal by their dates. Idempotent; continues after a crash", fails(404, 409, 412)),
		),
		with(s.Almanac != nil,
			get("/days", owner, call(s, s.days), "list_days", "The days that have a note, earliest first", fails(422), unchanged),
			get("/tags", owner, call(s, s.tags), "list_tags", "The tags of the journal, most used first", fails(422), unchanged),
			get("/timeline", owner, call(s, s.timeline), "timeline", "How often a word, a name, a phrase or a tag is mentioned over time", fails(422), unchanged),
			get("/almanac", owner, call(s, s.almanac), "almanac", "Days and words by month and year, and what is typical of each year", fails(422), unchanged),
		),
		with(s.Almanac != nil && s.Notes != nil,
			get("/days/{date}", owner, call(s, s.day), "get_day", "One day: its notes, the days before and after, and the same day of other years", fails(422)),
		),
		with(s.Analyses != nil,
			post("/comprehensive_analysis", owner, call(s, s.comprehensiveAnalysis), "comprehensive_analysis", "Analyze the whole journal for a question, and wait for the result", fails(401, 404, 409, 422)),
			post("/comprehensive_analysis/estimate", owner, call(s, s.estimateAnalysis), "estimate_comprehensive_analysis", "Estimate an analysis; no model is called", fails(401, 409, 422)),
			post("/comprehensive_analysis/stream", owner, stream(s, s.startedAnalysisStream), "comprehensive_analysis_stream", "Analyze the whole journal for a question, and stream the progress", streams(api, analysisStreamDoc, "AnalysisStreamEvent", analysisEvents), errorsOf(401, 409, 422)),
			post("/analyses", owner, call(s, s.startAnalysis), "start_analysis", "Start an analysis. If the same one is already running, that one is returned", accepted, fails(401, 409, 422)),
			post("/analyses/estimate", owner, call(s, s.estimateAnalysis), "estimate_analysis", "Estimate an analysis; no model is called", fails(401, 409, 422)),
			post("/analyses/compare", owner, call(s, s.comparePeriods), "compare_periods", "Start a comparison of periods, each with quotations of its own", accepted, fails(401, 409, 422)),
			get("/analyses", owner, call(s, s.listAnalyses), "list_analyses", "All analyses, the latest first"),
			get("/analyses/{id}", owner, call(s, s.getAnalysis), "get_analysis", "An analysis with its results so far", fails(401, 404)),
			get("/analyses/{id}/stream", owner, stream(s, s.analysisStream), "analysis_stream", "Stream an analysis from its beginning", streams(api, analysisStreamDoc, "AnalysisStreamEvent", analysisEvents), errorsOf(401, 404)),
			post("/analyses/{id}/cancel", owner, call(s, s.cancelAnalysis), "cancel_analysis", "Cancel an analysis and keep its results so far", fails(401, 404)),
			del("/analyses/{id}", owner, call(s, s.deleteAnalysis), "delete_analysis", "Delete an analysis and the results of its steps", fails(401, 404)),
		),
		with(len(s.Folders) > 0 && s.Analyses != nil,
			get("/export", owner, plain(s.exportAll), "export_all", "Everything as a zip file: the notes as they are, conversations and analyses as Markdown and JSON", zipFile),
		),
		with(s.Ingest != nil,
			get("/ingest", owner, call(s, s.ingest), "ingest", "How much of the journal is indexed, transcribed and embedded"),
			post("/ingest", owner, call(s, s.ingestAgain), "ingest_again", "Check the journal now, and retry what failed"),
			post("/ingest/accept-missing", owner, call(s, s.acceptMissing), "accept_missing", "Confirm that the missing notes were deleted on purpose", fails(401, 409, 422, 503)),
			post("/ingest/photographs", owner, call(s, s.answerPhotographs), "answer_photographs", "Say whether the pictures in a folder that are named after days are pages of the diary", fails(401, 404, 422)),
			get("/ingest/stream", owner, stream(s, s.ingestStream), "ingest_stream", "Stream the progress of indexing, transcribing and embedding", streams(api, ingestStreamDoc, "IngestStreamEvent", ingestEvents)),
		),
		with(s.Models != nil,
			get("/models", owner, call(s, s.models), "models", "The models, what each is used for, and whether they respond")),
		with(s.Spending != nil,
			get("/spending", owner, call(s, s.spending), "spending", "What the models cost this month, and the cap")),
		with(s.Ledger != nil,
			get("/ledger", owner, call(s, s.ledger), "ledger", "Calls to providers, and programs that read the journal, latest first. No text is stored", fails(422))),
		with(s.Backups != nil,
			get("/backups", owner, call(s, s.backups), "backups", "The backups, and how old the newest is"),
			post("/backups", owner, call(s, s.makeBackup), "make_backup", "Make a backup now, unless nothing changed since the last one", fails(409))),
		with(s.Setup != nil, // the handlers also require a browser on this computer
			get("/setup", owner, call(s, s.setup), "setup", "Which journal is served, and whether another can be chosen here"),
			post("/setup/check", owner, call(s, s.setupCheck), "setup_check", "What is at a path", fails(401, 403, 422)),
			put("/setup", owner, call(s, s.setupChoose), "setup_choose", "Serve another journal, and save that in the settings file", fails(401, 403, 409, 422))),
		with(s.Settings != nil, // changes also require a browser on this computer
			get("/settings", owner, call(s, s.settings), "settings", "The settings that can be changed, and the providers. Keys are not included", fails(401)),
			patch("/settings", owner, call(s, s.settingsChange), "settings_change", "Change settings on the computer that Daybook runs on. They take effect immediately", fails(401, 403, 409, 422)),
			get("/settings/local", owner, call(s, s.settingsLocal), "settings_local", "Model servers found on this machine: Ollama, LM Studio and others", fails(401, 403)),
			post("/settings/test", owner, call(s, s.settingsTest), "settings_test", "What a provider and one of its models can do. Nothing of the journal is sent", fails(401, 403, 422)),
			get("/settings/prompts", owner, call(s, s.prompts), "settings_prompts", "The prompts", fails(401)),
			put("/settings/prompts/{name}", owner, call(s, s.promptSave), "settings_prompt", "Replace a prompt. It takes effect immediately", fails(401, 403, 404, 409, 422)),
			del("/settings/prompts/{name}", owner, call(s, s.promptReset), "settings_prompt_reset", "Reset a prompt to the built-in one", fails(401, 403, 404, 409)),
			put("/settings/providers/{name}", owner, call(s, s.settingsProvider), "settings_provider", "Add a provider, or change it or its key", fails(401, 403, 409, 422)),
			del("/settings/providers/{name}", owner, call(s, s.settingsProviderRemove), "settings_provider_remove", "Remove a provider and its key", fails(401, 403, 409, 422))),
		with(s.Tokens != nil,
			post("/settings/token", owner, call(s, s.token), "settings_token", "The token, or a new one, on the computer that Daybook runs on", fails(401, 403, 409))),
	)
}

// programs lists the routes for other programs and for operation.
func (s *server) programs(mux *routeMux) {
	mux.HandleFunc("GET /healthz", s.health) // anyone may ask
	mux.Handle("GET /metrics", s.metrics.handler())
	if s.MCP != nil {
		mux.Handle("/mcp", s.MCP)
	}
	for pattern, handle := range s.openai() {
		mux.HandleFunc(pattern, handle)
	}
}

// healthPath needs no token.
const healthPath = "/healthz"

// health answers that the server runs. GET /status says whether the journal was
// read.
func (s *server) health(w http.ResponseWriter, _ *http.Request) {
	s.respond(w, http.StatusOK, map[string]string{"status": "ok"})
}

// pages lists the routes beside the API: the page, which anyone may load, and the
// API's documentation.
func (s *server) pages(mux *routeMux) {
	mux.Handle("/docs/", docs(s.BasePath))
	mux.Handle("/docs", http.RedirectHandler("/docs/", http.StatusMovedPermanently))
	mux.HandleFunc("GET /{$}", s.app)
	mux.HandleFunc("GET "+appPath, s.app)
	mux.Handle("GET "+strings.TrimSuffix(appPath, "/"), http.RedirectHandler("/", http.StatusFound))
	mux.HandleFunc("GET /assets/", s.asset)
	mux.HandleFunc("GET /icons/", s.asset)
	for name := range s.files {
		if name != "/" && strings.LastIndexByte(name, '/') == 0 {
			mux.HandleFunc("GET "+name, s.asset)
		}
	}
}
