// Package export writes everything that a person would take along: the notes as
// they are, the conversations with their citations, and the analyses, as
// Markdown and JSON that can be read without Daybook.
package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"daybook"
	"daybook/internal/analysis"
	"daybook/internal/plural"
)

// Folder is a folder of the journal.
type Folder struct {
	Name string // in the export
	Path string // on this machine
}

// Source is what is exported. All fields are required.
type Source struct {
	Folders  []Folder
	Threads  func(ctx context.Context) ([]daybook.Thread, error)
	Messages func(ctx context.Context, threadID string) ([]daybook.Message, error)
	Analyses Analyses
	// Text and JSON write conversations, as the API does.
	Text func(daybook.Thread, []daybook.Message) string
	JSON func(threads []daybook.Thread, messages []daybook.Message) ([]byte, error)
	Now  func() time.Time // in the owner's time zone
}

// Analyses lists analyses; see analysis.Service.
type Analyses interface {
	List(ctx context.Context) ([]analysis.Overview, error)
	Get(ctx context.Context, id string) (analysis.Analysis, error)
}

// Sink takes the files of an export.
type Sink interface {
	// Create begins a file. Its name has slashes. The file before it has been
	// closed.
	Create(name string, modified time.Time) (io.WriteCloser, error)
}

// Report says what was exported.
type Report struct {
	Files    int // of the journal
	Threads  int
	Analyses int
	Skipped  []string // files that were left out, with the reason
}

// Write exports everything to a sink.
func Write(ctx context.Context, s Source, to Sink) (Report, error) {
	var r Report
	for _, f := range s.Folders {
		if err := r.copyFolder(ctx, f, to); err != nil {
			return r, err
		}
	}
	if err := r.conversations(ctx, s, to); err != nil {
		return r, err
	}
	if err := r.analyses(ctx, s, to); err != nil {
		return r, err
	}
	return r, put(to, "README.md", s.Now(), []byte(r.readme(s)))
}

func put(to Sink, name string, modified time.Time, data []byte) error {
	w, err := to.Create(name, modified)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = w.Write(data)
	return errors.Join(err, w.Close())
}

// copyFolder copies the files below a folder as they are. Hidden ones, which
// other programs keep there, are left out.
func (r *Report) copyFolder(ctx context.Context, f Folder, to Sink) error {
	root, err := os.OpenRoot(f.Path)
	if err != nil {
		return &daybook.Error{Kind: daybook.Unavailable, Message: "The journal's folder cannot be read.", Err: err}
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			r.Skipped = append(r.Skipped, path.Join(f.Name, name)+": it cannot be read")
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case name != "." && strings.HasPrefix(d.Name(), ".") && d.IsDir():
			return fs.SkipDir
		case d.IsDir() || strings.HasPrefix(d.Name(), "."):
			return nil
		case !d.Type().IsRegular():
			r.Skipped = append(r.Skipped, path.Join(f.Name, name)+": it is a link or no file")
			return nil
		}
		return r.copyFile(root, name, path.Join(f.Name, name), to)
	})
}

func (r *Report) copyFile(root *os.Root, name, as string, to Sink) error {
	in, err := root.Open(name)
	if err != nil {
		r.Skipped = append(r.Skipped, as+": it cannot be read")
		return nil
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return fmt.Errorf("copy %s: %w", as, err)
	}
	out, err := to.Create(as, info.ModTime())
	if err != nil {
		return fmt.Errorf("copy %s: %w", as, err)
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("copy %s: %w", as, err)
	}
	r.Files++
	return nil
}

// conversations writes a Markdown file for each conversation, and one file with
// all of them that Daybook can import.
func (r *Report) conversations(ctx context.Context, s Source, to Sink) error {
	threads, err := s.Threads(ctx)
	if err != nil {
		return fmt.Errorf("load the conversations: %w", err)
	}
	var all []daybook.Message
	taken := names{}
	for _, t := range threads {
		messages, err := s.Messages(ctx, t.ID)
		if err != nil {
			return fmt.Errorf("load a conversation: %w", err)
		}
		all = append(all, messages...)
		name := taken.of("conversations", s.day(t.CreatedAt), t.Title)
		if err := put(to, name, t.UpdatedAt, []byte(s.Text(t, messages))); err != nil {
			return err
		}
		r.Threads++
	}
	data, err := s.JSON(threads, all)
	if err != nil {
		return err
	}
	return put(to, "conversations.json", s.Now(), data)
}

func (r *Report) analyses(ctx context.Context, s Source, to Sink) error {
	overviews, err := s.Analyses.List(ctx)
	if err != nil {
		return fmt.Errorf("load the analyses: %w", err)
	}
	all := []analysis.Analysis{}
	taken := names{}
	for _, o := range overviews {
		a, err := s.Analyses.Get(ctx, o.ID)
		if err != nil {
			return fmt.Errorf("load an analysis: %w", err)
		}
		all = append(all, a)
		name := taken.of("analyses", s.day(a.CreatedAt), a.Query)
		if err := put(to, name, a.UpdatedAt, []byte(textOf(&a))); err != nil {
			return err
		}
		r.Analyses++
	}
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return put(to, "analyses.json", s.Now(), append(data, '\n'))
}

func (s Source) day(t time.Time) string { return t.In(s.Now().Location()).Format(time.DateOnly) }

func (r *Report) readme(s Source) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# My journal\n\nExported by Daybook on %s.\n\n", s.Now().Format("2 January 2006, 15:04"))
	for _, f := range s.Folders {
		fmt.Fprintf(&b, "- `%s/`: notes and scans as they are, %s\n", f.Name, f.Path)
	}
	fmt.Fprintf(&b, "- `conversations/`: %s, with the days that the answers cite\n"+
		"- `conversations.json`: the same; `daybook import` reads it\n"+
		"- `analyses/` and `analyses.json`: %s\n", plural.Count(r.Threads, "conversation"), plural.Of(r.Analyses, "analysis", "analyses"))
	if len(r.Skipped) > 0 {
		b.WriteString("\nLeft out:\n\n- " + strings.Join(r.Skipped, "\n- ") + "\n")
	}
	return b.String()
}
