package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// ErrNoTerminal is returned when there is nobody to ask.
var ErrNoTerminal = errors.New("a passphrase is needed and stdin is no terminal")

// PassphraseFile reads a passphrase: the first line of a file.
func PassphraseFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("passphrase: %w", err)
	}
	defer f.Close()
	return firstLine(f)
}

func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("passphrase: %w", err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", errors.New("the passphrase is empty")
	}
	return line, nil
}

// AskPassphrase asks on the terminal, without echo. When ctx ends, by Ctrl-C for
// example, the terminal echoes again.
func (t *Terminal) AskPassphrase(ctx context.Context, prompt string) (string, error) {
	in, ok := t.In.(*os.File)
	if !ok || !isTerminal(in) {
		return "", Hint(ErrNoTerminal, "give it with --passphrase-file")
	}
	fmt.Fprintf(t.Err, "%s: ", prompt)
	restore, err := echoOff(in)
	if err != nil {
		return "", Hint(fmt.Errorf("passphrase: %w", err), "give it with --passphrase-file")
	}
	defer func() {
		restore()
		fmt.Fprintln(t.Err)
	}()
	type answer struct {
		text string
		err  error
	}
	typed := make(chan answer, 1)
	go func() { // ends with the process when nobody types
		text, err := firstLine(in)
		typed <- answer{text, err}
	}()
	select {
	case a := <-typed:
		return a.text, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// NewPassphrase asks for a passphrase twice.
func (t *Terminal) NewPassphrase(ctx context.Context, prompt string) (string, error) {
	first, err := t.AskPassphrase(ctx, prompt)
	if err != nil {
		return "", err
	}
	again, err := t.AskPassphrase(ctx, "Again")
	if err != nil {
		return "", err
	}
	if first != again {
		return "", errors.New("the two passphrases differ")
	}
	return first, nil
}
