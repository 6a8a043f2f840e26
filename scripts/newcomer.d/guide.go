package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// step is one fenced block of the guide that is to be done, and what the guide
// says that it prints. The word behind the language says what to do:
//
//	```sh run NAME             run these commands
//	```sh run NAME fails       run them; they must fail
//	```sh run NAME eventually  run them again and again until they do what is said
//	```sh run NAME background  run them until the end; a node's URL appears
//	```sh stop NAME            interrupt those; the commands are for readers
//	```sh skip WHY             for readers alone
//	```diff FILE               change the file: lines with "+", "-" or a space
//	```text shows              lines that the commands above print, in this order
//
// Other blocks are for readers alone, but for sh: each must say what it is.
type step struct {
	name       string
	line       int // of the fence
	text       string
	file       string // of a change
	fails      bool
	background bool
	eventually bool
	stops      string // the step that it interrupts
	shows      []string
}

// readGuide takes the steps out of a Markdown page, in its order. Before, it puts
// texts in the place of others: what the page says of other machines.
func readGuide(name string, other *strings.Replacer) ([]*step, error) {
	page, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	steps, err := parseGuide(other.Replace(string(page)))
	if err != nil {
		return nil, fmt.Errorf("%s:%w", name, err)
	}
	return steps, nil
}

func parseGuide(page string) ([]*step, error) {
	var steps []*step
	seen := map[string]bool{}
	lines := strings.Split(page, "\n")
	for i := 0; i < len(lines); i++ {
		info, fence := strings.CutPrefix(lines[i], "```")
		if !fence {
			continue
		}
		begin := i + 1
		for i++; i < len(lines) && lines[i] != "```"; i++ {
		}
		if i == len(lines) {
			return nil, fmt.Errorf("%d: the block has no end", begin)
		}
		s, err := parseBlock(strings.Fields(info), lines[begin:i], steps)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", begin, err)
		}
		if s == nil {
			continue
		}
		if seen[s.name] {
			return nil, fmt.Errorf("%d: there is a step %s already", begin, s.name)
		}
		seen[s.name] = true
		s.line = begin
		steps = append(steps, s)
	}
	return steps, nil
}

// parseBlock returns the step of a block, or nil when it has none of its own.
func parseBlock(info, lines []string, before []*step) (*step, error) {
	if len(info) == 0 {
		return nil, nil
	}
	text := strings.Join(lines, "\n") + "\n"
	switch {
	case info[0] == "sh" && len(info) >= 3 && info[1] == "skip":
		return nil, nil
	case info[0] == "sh" && len(info) >= 3 && info[1] == "run":
		s := &step{name: info[2], text: text}
		for _, word := range info[3:] {
			switch word {
			case "fails":
				s.fails = true
			case "background":
				s.background = true
			case "eventually":
				s.eventually = true
			default:
				return nil, fmt.Errorf("unknown word %q", word)
			}
		}
		return s, nil
	case info[0] == "sh" && len(info) == 3 && info[1] == "stop":
		if !slices.ContainsFunc(before, func(s *step) bool { return s.background && s.name == info[2] }) {
			return nil, fmt.Errorf("no step %s runs in the background", info[2])
		}
		return &step{name: fmt.Sprintf("stop-%d-%s", len(before), info[2]), stops: info[2], text: text}, nil
	case info[0] == "sh":
		return nil, errors.New("say what these commands are: sh run NAME, or sh skip WHY")
	case info[0] == "diff" && len(info) == 2:
		return &step{name: fmt.Sprintf("change-%d-%s", len(before), filepath.Base(info[1])), file: info[1], text: text}, nil
	case info[0] == "text" && len(info) == 2 && info[1] == "shows":
		if len(before) == 0 || before[len(before)-1].file != "" || before[len(before)-1].background || before[len(before)-1].stops != "" {
			return nil, errors.New("no commands stand above that could print this")
		}
		last := before[len(before)-1]
		last.shows = append(last.shows, lines...)
	}
	return nil, nil
}

// change makes the edits of a diff block. It has no line numbers: people find the
// place by the lines that stay, and so does this. A line "…" parts two places.
func change(content, diff string) (string, error) {
	for place := range strings.SplitSeq(diff, "…\n") {
		var from, to strings.Builder
		for line := range strings.Lines(place) {
			if line == "\n" {
				line = " \n"
			}
			switch line[0] {
			case ' ':
				from.WriteString(line[1:])
				to.WriteString(line[1:])
			case '-':
				from.WriteString(line[1:])
			case '+':
				to.WriteString(line[1:])
			default:
				return "", fmt.Errorf("line %q begins with none of space, + and -", line)
			}
		}
		switch n := strings.Count("\n"+content, "\n"+from.String()); {
		case from.Len() == 0:
			return "", errors.New("no line says where the change belongs")
		case n != 1:
			return "", fmt.Errorf("the place to change is there %d times:\n%s", n, from.String())
		}
		at := strings.Index("\n"+content, "\n"+from.String())
		content = content[:at] + to.String() + content[at+from.Len():]
	}
	return content, nil
}

// missing returns the first line that the output does not show, or "". Lines
// match in order, others may stand between them; spaces do not count, because JSON
// has them here or there, and "…" stands for anything.
func missing(output string, shows []string) string {
	rest := strings.Split(output, "\n")
	for _, want := range shows {
		at := 0
		for at < len(rest) && !matches(rest[at], want) {
			at++
		}
		if at == len(rest) {
			return want
		}
		rest = rest[at+1:]
	}
	return ""
}

func matches(line, want string) bool {
	line = strings.Join(strings.Fields(line), "")
	parts := strings.Split(strings.Join(strings.Fields(want), ""), "…")
	last := len(parts) - 1
	if last == 0 {
		return line == parts[0]
	}
	line, ok := strings.CutPrefix(line, parts[0])
	for _, part := range parts[1:last] {
		var found bool
		_, line, found = strings.Cut(line, part)
		ok = ok && found
	}
	return ok && strings.HasSuffix(line, parts[last])
}
