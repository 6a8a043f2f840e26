package schema

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Bounds of the search for what was meant: hints are made by nodes, too, of sets
// that strangers wrote.
const (
	maxMeant      = 40  // bytes of a word
	maxCandidates = 200 // words to look at
)

// Nearest returns the candidate that somebody who wrote word most likely meant, or
// "" when none is near: one that differs by case, by a third of the word's letters
// at most, that begins with it or ends with it. Of equally near ones the first.
func Nearest(word string, candidates []string) string {
	if len(word) < 2 || len(word) > maxMeant {
		return ""
	}
	best, least := "", len(word)/3+1
	lower := strings.ToLower(word)
	for _, candidate := range candidates[:min(len(candidates), maxCandidates)] {
		if len(candidate) > maxMeant || candidate == "" {
			continue
		}
		other := strings.ToLower(candidate)
		d := distance(lower, other)
		if d > 1 && (strings.HasSuffix(other, "_"+lower) || strings.HasPrefix(other, lower) && len(lower) >= 4) {
			d = 1
		}
		if d < least {
			best, least = candidate, d
		}
	}
	return best
}

// Meant returns a hint: what Nearest finds, else the other hint.
func Meant(word string, candidates []string, otherwise string) string {
	if near := Nearest(word, candidates); near != "" {
		return "did you mean " + quote(near) + "?"
	}
	return otherwise
}

// distance returns how many letters must be put in, taken out, changed or swapped
// with the next to make one word of the other.
func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	row := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// fieldList returns the names of a message's fields, as many as Nearest looks at.
func fieldList(m protoreflect.MessageDescriptor) []string {
	var names []string
	for i := range min(m.Fields().Len(), maxCandidates) {
		names = append(names, string(m.Fields().Get(i).Name()))
	}
	return names
}

// messageList returns the names of the messages at the top of a file, likewise.
func messageList(file protoreflect.FileDescriptor) []string {
	var names []string
	for i := range min(file.Messages().Len(), maxCandidates) {
		names = append(names, string(file.Messages().Get(i).Name()))
	}
	return names
}
