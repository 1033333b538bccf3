package private

import (
	"context"
	"fmt"
	"html"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"daybook/internal/store"
	"daybook/internal/vault"
)

// reference matches what a note may show a file by: a link or an embed of note apps,
// one of Markdown, a definition of Markdown, or an attribute of HTML. One of its
// groups is the file.
var reference = regexp.MustCompile(`\[\[([^\[\]|\n]+)` +
	`|\]\(\s*(?:<([^<>\n]+)>|((?:[^()\n"]|\([^()\n]*\))+))` +
	`|(?m:^\s{0,3}\[[^\]\n]+\]:\s*(?:<([^>\n]+)>|(\S+)))` +
	`|(?i:\b(?:src|href|data|poster)\s*=\s*(?:"([^"\n]+)"|'([^'\n]+)'|([^\s"'>]+)))`)

// behindName matches what may be behind the name in a link of Markdown: a title in other
// marks than ", or a size. markdownEscape matches an escaped sign in a name.
var (
	behindName     = regexp.MustCompile(`\s+(?:'[^'\n]*'|\([^()\n]*\)|=[0-9x%]*)\s*$`)
	markdownEscape = regexp.MustCompile(`\\([!-/:-@\[-\x60{-~])`)
)

// namesIn returns the keys of the files that a text may show, each as it is written
// and without the escapes and the title that it may have there.
func namesIn(text string) []string {
	var keys []string
	for _, m := range reference.FindAllStringSubmatch(text, -1) {
		for _, name := range m[1:] {
			if name == "" {
				continue
			}
			keys = append(keys, nameKey(name))
			plain := html.UnescapeString(markdownEscape.ReplaceAllString(behindName.ReplaceAllString(name, ""), "$1"))
			if strings.Contains(name, `\`) { // which may be between folders, too
				keys = append(keys, nameKey(html.UnescapeString(name)))
			}
			keys = append(keys, nameKey(plain))
			if unescaped, err := url.PathUnescape(plain); err == nil {
				keys = append(keys, nameKey(unescaped))
			}
			bare, _, _ := strings.Cut(plain, "#")
			bare, _, _ = strings.Cut(bare, "?")
			keys = append(keys, nameKey(bare))
			if unescaped, err := url.PathUnescape(bare); err == nil {
				keys = append(keys, nameKey(unescaped))
			}
		}
	}
	return keys
}

// nameKey returns a file's name in the form in which names are compared. The folder
// does not count, because note apps find a file in any folder.
func nameKey(name string) string {
	return strings.ToLower(norm.NFC.String(path.Base(strings.ReplaceAll(strings.TrimSpace(name), `\`, "/"))))
}

// embedded adds the files that private notes show on disk. The text in the index
// lacks some of them, such as embedded scans.
func (g *Guard) embedded(c *corpus) {
	folders := g.open()
	defer folders.close()
	for _, e := range c.entries {
		folder := folders.of(e.Kind)
		if folder == nil {
			continue
		}
		file, err := folder.Stat(e.Kind, e.Path)
		if err != nil {
			continue
		}
		data, _, err := folder.Read(file)
		if err != nil {
			continue
		}
		text, _ := vault.Decode(data)
		c.show(text)
	}
}

// show adds the files of a private note.
func (c *corpus) show(text string) {
	for _, key := range namesIn(text) {
		c.shown[key] = true
	}
}

// shows reports whether a private note shows a file.
func (c *corpus) shows(file string) bool { return c.shown[nameKey(file)] }

// File reports whether a file is private because a private note embeds it or links
// to it, whatever else does. The file is known by its name. Notes that changed since
// they were indexed count as they are now.
func (g *Guard) File(ctx context.Context, file string) (bool, error) {
	c, err := g.current(ctx)
	if err != nil || c.shows(file) {
		return err == nil, err
	}
	return g.shownNow(ctx, nameKey(file))
}

// shownNow reports whether a private note that changed since it was indexed shows the
// file with a key. Of notes that did not change only the state is looked at.
func (g *Guard) shownNow(ctx context.Context, key string) (bool, error) {
	if g.Vault == nil {
		return false, nil
	}
	states, err := g.Index.NoteStates(ctx)
	if err != nil {
		return false, fmt.Errorf("look which notes changed: %w", err)
	}
	indexed := make(map[fileKey]store.NoteState, len(states))
	for _, s := range states {
		indexed[fileKey{s.Kind, s.Path}] = s
	}
	folders := g.open()
	defer folders.close()
	for _, kind := range g.Vault.Kinds() {
		folder := folders.of(kind)
		if folder == nil {
			continue
		}
		listing, err := folder.List(ctx)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err != nil {
			continue // the index knows what was private
		}
		for _, file := range listing.Files {
			if s, ok := indexed[fileKey{kind, file.Path}]; ok && s.Size == file.Size && s.ModTime == file.ModTime && s.ChangeTime == file.ChangeTime && s.Inode == file.Inode {
				continue
			}
			if note := folders.look(kind, file.Path); note.private && slices.Contains(note.shows, key) {
				return true, nil
			}
		}
	}
	return false, nil
}
