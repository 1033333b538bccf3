package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mutant is one change to the code.
type mutant struct {
	Place string // file:line
	What  string
}

func (m mutant) String() string { return m.Place + "  " + m.What }

// mutate writes copies of the package's files with every mutant in them, and
// returns the overlay that puts them in place of the files.
func (m *measurement) mutate(pkg string, only []string) (overlay string, err error) {
	about, fset, files, err := parse(pkg)
	if err != nil {
		return "", err
	}
	info, err := check(fset, about.ImportPath, files)
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	put := func(name, text string) error {
		to := filepath.Join(m.dir, name)
		replace[filepath.Join(about.Dir, name)] = to
		return os.WriteFile(to, []byte(text), 0o600)
	}
	for i, name := range about.GoFiles {
		if only != nil && !slices.Contains(only, name) {
			continue
		}
		source, err := os.ReadFile(filepath.Join(about.Dir, name))
		if err != nil {
			return "", err
		}
		w := &writer{fset: fset, info: info, file: files[i], source: source, mutants: &m.Mutants}
		if err := put(name, w.rewrite()); err != nil {
			return "", err
		}
	}
	if err := put("zz_mutants.go", strings.Replace(runtime, "package p", "package "+about.Name, 1)); err != nil {
		return "", err
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(m.dir, "overlay.json")
	return overlay, os.WriteFile(overlay, data, 0o600)
}

// listed is what go list says of a package.
type listed struct {
	Dir, ImportPath, Name string
	GoFiles               []string
}

// parse parses the files of a package.
func parse(pkg string) (about listed, fset *token.FileSet, files []*ast.File, err error) {
	out, err := output("go", "list", "-json=Dir,GoFiles,ImportPath,Name", pkg)
	if err != nil {
		return about, nil, nil, err
	}
	if err := json.Unmarshal(out, &about); err != nil {
		return about, nil, nil, err
	}
	fset = token.NewFileSet()
	for _, name := range about.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(about.Dir, name), nil, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			return about, nil, nil, err
		}
		files = append(files, f)
	}
	return about, fset, files, nil
}

// check finds the types of the package's expressions.
func check(fset *token.FileSet, path string, files []*ast.File) (*types.Info, error) {
	out, err := output("go", "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}", path)
	if err != nil {
		return nil, err
	}
	exports := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		exports[name] = file
	}
	lookup := func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(exports[path])
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	conf := types.Config{Importer: importer.ForCompiler(fset, "gc", lookup)}
	_, err = conf.Check(path, fset, files, info)
	return info, err
}

// edit puts text in place of source[at:until].
type edit struct {
	at, until int
	text      string
	// Opening edits at one place go from the outermost node to the innermost,
	// closing ones the other way round and before them.
	opening bool
	reach   int // where the node ends, of an opening edit, or begins
	seq     int
}

func (e edit) compare(o edit) int {
	switch {
	case e.at != o.at:
		return e.at - o.at
	case e.opening != o.opening:
		if e.opening {
			return 1
		}
		return -1
	case e.reach != o.reach:
		return o.reach - e.reach
	case e.opening:
		return e.seq - o.seq
	}
	return o.seq - e.seq
}

// writer rewrites one file.
type writer struct {
	fset    *token.FileSet
	info    *types.Info
	file    *ast.File
	source  []byte
	mutants *[]mutant
	edits   []edit
}

func (w *writer) rewrite() string {
	ast.Inspect(w.file, func(n ast.Node) bool {
		w.visit(n)
		return true
	})
	slices.SortStableFunc(w.edits, edit.compare)
	var b strings.Builder
	at := 0
	for _, e := range w.edits {
		b.Write(w.source[at:e.at])
		b.WriteString(e.text)
		at = e.until
	}
	b.Write(w.source[at:])
	return b.String()
}

func (w *writer) offset(p token.Pos) int { return w.fset.Position(p).Offset }

// wrap adds a mutant that surrounds a node.
func (w *writer) wrap(n ast.Node, what, before, after string) int {
	id := len(*w.mutants)
	from, to := w.offset(n.Pos()), w.offset(n.End())
	place := w.fset.Position(n.Pos())
	text, _, _ := strings.Cut(string(w.source[from:to]), "\n")
	*w.mutants = append(*w.mutants, mutant{fmt.Sprintf("%s:%d", filepath.Base(place.Filename), place.Line), what + ": " + text})
	w.edits = append(w.edits,
		edit{at: from, until: from, text: fmt.Sprintf(before, id), opening: true, reach: to, seq: id},
		edit{at: to, until: to, text: after, reach: from, seq: id})
	return id
}

// operator puts text in place of the operator of a binary expression.
func (w *writer) operator(e *ast.BinaryExpr, text string) {
	at := w.offset(e.OpPos)
	w.edits = append(w.edits, edit{at: at, until: at + len(e.Op.String()), text: text, reach: -1})
}

func (w *writer) visit(n ast.Node) {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		w.binary(n)
	case *ast.IfStmt:
		w.wrap(n.Cond, "never true", "mutantIf(%d, ", ")")
	case *ast.ReturnStmt:
		for _, r := range n.Results {
			if t := w.info.Types[r]; t.Type != nil && t.Type.String() == "error" {
				w.wrap(r, "no error", "mutantErr(%d, ", ")")
			}
		}
	case *ast.BlockStmt:
		w.remove(n.List)
	case *ast.CaseClause:
		w.remove(n.Body)
	case *ast.CommClause:
		w.remove(n.Body)
	}
}

// calls are the functions that take the place of operators.
var calls = map[token.Token]string{
	token.LSS: "mutantLess", token.LEQ: "mutantLessEqual", token.GTR: "mutantGreater", token.GEQ: "mutantGreaterEqual",
	token.ADD: "mutantAdd", token.SUB: "mutantSub", token.MUL: "mutantMul", token.QUO: "mutantQuo",
}

func (w *writer) binary(e *ast.BinaryExpr) {
	t := w.info.Types[e]
	if t.Value != nil { // a constant
		return
	}
	switch e.Op {
	case token.EQL, token.NEQ:
		w.wrap(e, "negated", "mutantNot(%d, ", ")")
	case token.LAND, token.LOR:
		w.wrap(e, "&& and || exchanged", map[token.Token]string{token.LAND: "mutantAnd", token.LOR: "mutantOr"}[e.Op]+"(%d, ", ")})")
		w.operator(e, ", func() bool { return (")
	default:
		basic, ok := w.info.Types[e.X].Type.Underlying().(*types.Basic)
		number := ok && basic.Info()&(types.IsInteger|types.IsFloat) != 0
		if call := calls[e.Op]; number && call != "" && !shifts(e.X) && !shifts(e.Y) {
			w.wrap(e, "another "+e.Op.String(), call+"(%d, ", ")")
			w.operator(e, ",")
		}
	}
}

// shifts reports whether an expression shifts, perhaps a constant, whose type
// then depends on the expression around it.
func shifts(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		b, ok := n.(*ast.BinaryExpr)
		found = found || ok && (b.Op == token.SHL || b.Op == token.SHR)
		return !found
	})
	return found
}

// remove adds mutants that leave out statements.
func (w *writer) remove(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.ExprStmt:
			if text := string(w.source[w.offset(s.Pos()):w.offset(s.End())]); strings.HasPrefix(text, "panic(") || strings.Contains(text, ".Log.") || strings.Contains(text, ".log.") {
				continue
			}
		case *ast.AssignStmt:
			if id, ok := s.Lhs[0].(*ast.Ident); s.Tok == token.DEFINE || ok && id.Name == "_" {
				continue
			}
		case *ast.IncDecStmt:
		case *ast.BranchStmt:
			if s.Label != nil || s.Tok != token.CONTINUE && s.Tok != token.BREAK {
				continue
			}
		default:
			continue
		}
		w.wrap(s, "left out", "if !mutantIs(%d) { ", " }")
	}
}
