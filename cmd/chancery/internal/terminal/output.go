// Package terminal is how the command talks: results on stdout for people or,
// one JSON value a line, for programs; progress and errors on stderr.
package terminal

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Terminal is where a command writes.
type Terminal struct {
	Out, Err io.Writer
	In       io.Reader
	// JSON writes values for programs instead of text for people.
	JSON bool
}

// Printf writes a line for people; it is silent in JSON mode.
func (t *Terminal) Printf(format string, args ...any) {
	if !t.JSON {
		fmt.Fprintf(t.Out, format+"\n", args...)
	}
}

// Value writes a value for programs, as one line of JSON; it is silent otherwise.
func (t *Terminal) Value(v any) error {
	if !t.JSON {
		return nil
	}
	return t.Line(v)
}

// Line writes a value as one line of JSON in either mode.
func (t *Terminal) Line(v any) error {
	e := json.NewEncoder(t.Out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// Pair is one line of Fields.
type Pair struct {
	Name  string
	Value any
}

// Fields writes names and values below one another, for people.
func (t *Terminal) Fields(pairs ...Pair) {
	if t.JSON {
		return
	}
	lines := make([][]string, len(pairs))
	for i, p := range pairs {
		lines[i] = []string{p.Name, fmt.Sprint(p.Value)}
	}
	writeColumns(t.Out, lines)
}

// Table writes rows below a header, for people. An empty table says so.
func (t *Terminal) Table(header []string, rows [][]string) {
	if t.JSON {
		return
	}
	if len(rows) == 0 {
		fmt.Fprintln(t.Out, "none")
		return
	}
	writeColumns(t.Out, append([][]string{header}, rows...))
}

// progressAfter is how long work may take before the user is told.
const progressAfter = time.Second

// Progress tells on stderr what is being done, once it takes more than a second,
// and keeps counting on a terminal. Call stop when it is done.
func (t *Terminal) Progress(format string, args ...any) (stop func()) {
	text := fmt.Sprintf(format, args...)
	live := isTerminal(t.Err)
	start := time.Now()
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		tick := time.NewTicker(progressAfter)
		defer tick.Stop()
		shown := false
		for {
			select {
			case <-done:
				if shown && live {
					fmt.Fprint(t.Err, "\r\033[K")
				}
				return
			case <-tick.C:
				switch {
				case live:
					fmt.Fprintf(t.Err, "\r%s … %ds", text, int(time.Since(start).Seconds()))
				case !shown:
					fmt.Fprintf(t.Err, "%s …\n", text)
				}
				shown = true
			}
		}
	}()
	var once sync.Once
	return func() {
		once.Do(func() { close(done); <-gone })
	}
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	s, err := f.Stat()
	return err == nil && s.Mode()&os.ModeCharDevice != 0
}
