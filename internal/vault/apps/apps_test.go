package apps_test

import (
	"reflect"
	"testing"
	"testing/fstest"

	"daybook/internal/vault/apps"
)

func vaultOf(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, data := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return fsys
}

func TestLayoutsOfApps(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  apps.Layout
	}{
		"no app": {map[string]string{"06-04-2024.md": ""}, apps.Layout{}},
		"Obsidian with its defaults": {map[string]string{".obsidian/app.json": "{}"},
			apps.Layout{Apps: []string{"Obsidian"}, Daily: []apps.Daily{{Format: "YYYY-MM-DD"}}}},
		"Obsidian's daily notes": {
			map[string]string{
				".obsidian/daily-notes.json": `{"folder": "Journal/", "format": "YYYY/MM/YYYY-MM-DD ddd", "template": "Templates/Daily"}`,
				".obsidian/templates.json":   `{"folder": "Templates"}`,
				".obsidian/app.json":         `{"attachmentFolderPath": "Files"}`,
			},
			apps.Layout{
				Apps: []string{"Obsidian"}, Daily: []apps.Daily{{"Journal", "YYYY/MM/YYYY-MM-DD ddd"}},
				Exclude: []string{"Templates", "Templates.md", "Templates/Daily", "Templates/Daily.md"}, Attachments: "Files",
			}},
		"Periodic Notes come first": {
			map[string]string{
				".obsidian/plugins/periodic-notes/data.json": `{"daily": {"format": "MMMM D, YYYY", "folder": "Days", "template": "", "enabled": true}}`,
				".obsidian/daily-notes.json":                 `{}`,
			},
			apps.Layout{Apps: []string{"Obsidian"}, Daily: []apps.Daily{{"Days", "MMMM D, YYYY"}, {"", "YYYY-MM-DD"}}}},
		"Periodic Notes that are off": {
			map[string]string{".obsidian/plugins/periodic-notes/data.json": `{"daily": {"format": "D.M.YY", "enabled": false}}`},
			apps.Layout{Apps: []string{"Obsidian"}, Daily: []apps.Daily{{"", "YYYY-MM-DD"}}}},
		"settings that are not JSON": {
			map[string]string{".obsidian/daily-notes.json": `{"folder": `, ".obsidian/app.json": `{"attachmentFolderPath": "./", "useMarkdownLinks": true}`},
			apps.Layout{Apps: []string{"Obsidian"}, Daily: []apps.Daily{{"", "YYYY-MM-DD"}}, Beside: ".", MarkdownLinks: true}},
		"a folder outside of the vault": {
			map[string]string{".obsidian/daily-notes.json": `{"folder": "../other"}`},
			apps.Layout{Apps: []string{"Obsidian"}, Daily: []apps.Daily{{"", "YYYY-MM-DD"}}}},
		"Templater": {
			map[string]string{".obsidian/plugins/templater-obsidian/data.json": `{"templates_folder": "Meta/Templates"}`},
			apps.Layout{Apps: []string{"Obsidian"}, Daily: []apps.Daily{{"", "YYYY-MM-DD"}}, Exclude: []string{"Meta/Templates", "Meta/Templates.md"}}},
		"Logseq with its defaults": {map[string]string{"logseq/config.edn": `{:meta/version 1 ;; :journal/file-name-format "dd-MM-yyyy"` + "\n}"},
			apps.Layout{Apps: []string{"Logseq"}, Daily: []apps.Daily{{"journals", "YYYY_MM_DD"}}, Exclude: []string{"logseq"}}},
		"Logseq": {
			map[string]string{"logseq/config.edn": "{:journals-directory \"diary\"\n ; :journals-directory \"x\"\n :journal/file-name-format \"yyyy-MM-dd\"\n :journal/page-title-format \"EEEE, do MMM yyyy\"}"},
			apps.Layout{Apps: []string{"Logseq"}, Daily: []apps.Daily{{"diary", "YYYY-MM-DD"}, {"diary", "dddd, Do MMM YYYY"}}, Exclude: []string{"logseq"}}},
		"jrnl": {map[string]string{"2024/06/04.txt": "", "2023/index.txt": ""},
			apps.Layout{Apps: []string{"jrnl"}, Daily: []apps.Daily{{"", "YYYY/MM/DD"}}}},
	} {
		if got := apps.Read(vaultOf(c.files)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, c.want)
		}
	}
}

func TestExcludes(t *testing.T) {
	l := apps.Layout{Exclude: []string{"Templates", "Meta/daily.md"}}
	for name, want := range map[string]bool{
		"Templates": true, "Templates/2024-06-04.md": true, "Templates2/2024-06-04.md": false, "Meta/daily.md": true, "Meta/2024-06-04.md": false, "2024-06-04.md": false,
	} {
		if got := l.Excludes(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
