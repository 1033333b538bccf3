// Package apps reads how note apps keep their daily notes, from the settings
// that they store in a vault: Obsidian, its Periodic Notes and Templater
// plugins, Logseq and jrnl.
package apps

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Layout is what the apps' settings say about a vault. Paths have slashes and
// are relative to it.
type Layout struct {
	// Apps are the names of the apps that the vault belongs to.
	Apps []string
	// Daily are the places where the apps put daily notes, the preferred one
	// first.
	Daily []Daily
	// Exclude are folders and files that are not diary: templates, backups,
	// trash.
	Exclude []string
	// Attachments is the folder for pictures and other files; "" if it is not
	// set.
	Attachments string
	// Beside is the folder for them relative to the note's folder, such as "."
	// or "./files"; "" if they are not stored near notes.
	Beside string
	// MarkdownLinks reports that the app writes Markdown links.
	MarkdownLinks bool
}

// Daily says where an app creates daily notes.
type Daily struct {
	Folder string // "" is the vault itself
	// Format is the note's path in it, as a Moment.js pattern without extension.
	Format string
}

// maxSettings bounds the size of a settings file, in bytes.
const maxSettings = 4 << 20

// Read returns the layout of the vault at the root of fsys. Settings that are
// missing or cannot be read are ignored.
func Read(fsys fs.FS) Layout {
	var l Layout
	l.obsidian(fsys)
	l.logseq(fsys)
	l.jrnl(fsys)
	slices.Sort(l.Exclude)
	l.Exclude = slices.Compact(l.Exclude)
	return l
}

// Excludes reports whether the file or folder at name is not diary.
func (l Layout) Excludes(name string) bool {
	return slices.ContainsFunc(l.Exclude, func(e string) bool { return name == e || strings.HasPrefix(name, e+"/") })
}

// obsidian reads the settings of Obsidian and its plugins.
func (l *Layout) obsidian(fsys fs.FS) {
	if info, err := fs.Stat(fsys, ".obsidian"); err != nil || !info.IsDir() {
		return
	}
	l.Apps = append(l.Apps, "Obsidian")
	var periodic struct {
		Daily struct {
			Enabled                  *bool
			Format, Folder, Template string
		}
	}
	if readJSON(fsys, ".obsidian/plugins/periodic-notes/data.json", &periodic) == nil {
		d := periodic.Daily
		l.exclude(d.Template)
		enabled := d.Enabled == nil || *d.Enabled
		isSet := d.Format != "" || d.Folder != ""
		if enabled && isSet {
			l.daily(d.Folder, d.Format)
		}
	}
	var core struct{ Format, Folder, Template string }
	err := readJSON(fsys, ".obsidian/daily-notes.json", &core)
	if err == nil {
		l.exclude(core.Template)
	}
	if err == nil || len(l.Daily) == 0 { // without the file, the defaults apply
		l.daily(core.Folder, core.Format)
	}
	var templates struct{ Folder string }
	if readJSON(fsys, ".obsidian/templates.json", &templates) == nil {
		l.exclude(templates.Folder)
	}
	var templater struct {
		Folder string `json:"templates_folder"`
	}
	if readJSON(fsys, ".obsidian/plugins/templater-obsidian/data.json", &templater) == nil {
		l.exclude(templater.Folder)
	}
	l.obsidianFiles(fsys)
}

// obsidianFiles reads where Obsidian puts the files of notes, and how it links
// them.
func (l *Layout) obsidianFiles(fsys fs.FS) {
	var app struct {
		AttachmentFolderPath string
		UseMarkdownLinks     bool
	}
	if readJSON(fsys, ".obsidian/app.json", &app) != nil {
		return
	}
	l.MarkdownLinks = app.UseMarkdownLinks
	switch beside, ok := strings.CutPrefix(app.AttachmentFolderPath, "./"); {
	case ok && beside == "":
		l.Beside = "."
	case ok:
		if folder := clean(beside); folder != "" {
			l.Beside = "./" + folder
		}
	case app.AttachmentFolderPath != "/" && !strings.HasPrefix(app.AttachmentFolderPath, "."):
		l.Attachments = clean(app.AttachmentFolderPath)
	}
}

// Folders for attachments of apps without that setting, and without an app.
const (
	logseqAssets = "assets"
	attachments  = "attachments"
)

// Attach returns the folder that the app uses for the files of a note ("." is
// the vault itself), and whether the note has Markdown links to them.
func (l Layout) Attach(note string) (folder string, markdown bool) {
	switch {
	case l.Beside != "":
		return path.Join(path.Dir(note), l.Beside), l.MarkdownLinks
	case l.Attachments != "":
		return l.Attachments, l.MarkdownLinks
	case slices.Contains(l.Apps, "Obsidian"):
		return ".", l.MarkdownLinks
	case slices.Contains(l.Apps, "Logseq"):
		return logseqAssets, true
	}
	return attachments, false
}

func (l *Layout) daily(folder, format string) {
	if format == "" {
		format = "YYYY-MM-DD"
	}
	d := Daily{clean(folder), strings.Trim(format, "/")}
	if !slices.Contains(l.Daily, d) {
		l.Daily = append(l.Daily, d)
	}
}

// exclude adds a folder, or the file of a template; apps omit its extension.
func (l *Layout) exclude(name string) {
	name = clean(name)
	if name == "" {
		return
	}
	l.Exclude = append(l.Exclude, name)
	if path.Ext(name) != ".md" {
		l.Exclude = append(l.Exclude, name+".md")
	}
}

// clean returns a path of an app's settings, or "" if it is the vault itself or
// outside of it.
func clean(name string) string {
	name = path.Clean(strings.Trim(strings.ReplaceAll(strings.TrimSpace(name), "\\", "/"), "/"))
	if name == "." || !fs.ValidPath(name) {
		return ""
	}
	return name
}

var (
	ednComment  = regexp.MustCompile(`(?m)^\s*;.*$|\s;;.*$`)
	ednFileName = regexp.MustCompile(`:journal/file-name-format\s+"([^"]+)"`)
	ednTitle    = regexp.MustCompile(`:journal/page-title-format\s+"([^"]+)"`)
	ednJournals = regexp.MustCompile(`:journals-directory\s+"([^"]+)"`)
)

func (l *Layout) logseq(fsys fs.FS) {
	data, err := readFile(fsys, "logseq/config.edn")
	if err != nil {
		return
	}
	l.Apps = append(l.Apps, "Logseq")
	settings := ednComment.ReplaceAllString(string(data), "")
	folder, format := "journals", "yyyy_MM_dd"
	if m := ednJournals.FindStringSubmatch(settings); m != nil {
		folder = m[1]
	}
	if m := ednFileName.FindStringSubmatch(settings); m != nil {
		format = m[1]
	}
	l.daily(folder, moment(format))
	// In Logseq's first years, graphs named the files after the page's title.
	if m := ednTitle.FindStringSubmatch(settings); m != nil {
		l.daily(folder, moment(m[1]))
	}
	l.Exclude = append(l.Exclude, "logseq")
}

var javaElements = regexp.MustCompile(`y+|do|d+|E+|M+`)

// moment translates a format in Java's syntax, which Logseq uses, to Moment.js.
func moment(format string) string {
	return javaElements.ReplaceAllStringFunc(format, func(e string) string {
		switch {
		case e == "do":
			return "Do"
		case e[0] == 'y' && len(e) == 2:
			return "YY"
		case e[0] == 'y':
			return "YYYY"
		case e[0] == 'd':
			return strings.ToUpper(e)
		case e[0] == 'E' && len(e) > 3:
			return "dddd"
		case e[0] == 'E':
			return "ddd"
		}
		return e
	})
}

var (
	jrnlYear  = regexp.MustCompile(`^\d{4}$`)
	jrnlMonth = regexp.MustCompile(`^(0[1-9]|1[0-2])$`)
	jrnlDay   = regexp.MustCompile(`^(0[1-9]|[12]\d|3[01])\.txt$`)
)

// jrnl recognizes a journal of jrnl's folder type: YYYY/MM/DD.txt.
func (l *Layout) jrnl(fsys fs.FS) {
	for _, year := range matching(fsys, ".", jrnlYear) {
		for _, month := range matching(fsys, year, jrnlMonth) {
			if len(matching(fsys, path.Join(year, month), jrnlDay)) > 0 {
				l.Apps = append(l.Apps, "jrnl")
				l.daily("", "YYYY/MM/DD")
				return
			}
		}
	}
}

// matching returns the names in a folder that an expression matches.
func matching(fsys fs.FS, folder string, name *regexp.Regexp) []string {
	list, err := fs.ReadDir(fsys, folder)
	if err != nil {
		return nil
	}
	var names []string
	for _, d := range list {
		if name.MatchString(d.Name()) {
			names = append(names, d.Name())
		}
	}
	return names
}

func readJSON(fsys fs.FS, name string, v any) error {
	data, err := readFile(fsys, name)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSettings+1))
	if err == nil && len(data) > maxSettings {
		err = errors.New("settings file is too large")
	}
	return data, err
}
