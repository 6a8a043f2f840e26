package node

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"

	cmtlog "github.com/cometbft/cometbft/libs/log"
)

// cometLogger gives CometBFT's lines to slog, from a level of their own on.
type cometLogger struct {
	log *slog.Logger
	min slog.Level
	// quiet is set once the node stops: CometBFT reports its own stop as errors.
	quiet *atomic.Bool
	// failure keeps what consensus panicked with, which CometBFT tells its log alone.
	failure *atomic.Pointer[error]
}

// consensusFailed is what CometBFT says when it recovers a panic of consensus.
const consensusFailed = "CONSENSUS FAILURE!!!"

// keepFailure keeps the cause of a failure of consensus.
func (l cometLogger) keepFailure(args []any) {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] != "err" {
			continue
		}
		err, ok := args[i+1].(error)
		if !ok {
			err = fmt.Errorf("%v", args[i+1])
		}
		l.failure.CompareAndSwap(nil, &err)
	}
}

var _ cmtlog.Logger = cometLogger{}

func (l cometLogger) put(level slog.Level, msg string, args []any) {
	ctx := context.Background()
	if level < l.min || l.quiet.Load() || !l.log.Enabled(ctx, level) {
		return
	}
	l.log.Log(ctx, level, msg, readable(args)...)
}

func (l cometLogger) Debug(msg string, args ...any) { l.put(slog.LevelDebug, msg, args) }
func (l cometLogger) Info(msg string, args ...any)  { l.put(slog.LevelInfo, msg, args) }
func (l cometLogger) Warn(msg string, args ...any)  { l.put(slog.LevelWarn, msg, args) }

func (l cometLogger) Error(msg string, args ...any) {
	if msg == consensusFailed {
		l.keepFailure(args)
	}
	l.put(slog.LevelError, msg, args)
}

func (l cometLogger) With(args ...any) cmtlog.Logger {
	return cometLogger{log: l.log.With(readable(args)...), min: l.min, quiet: l.quiet, failure: l.failure}
}

// readable turns CometBFT's lazy values into text; slog would print their
// fields. The arguments are not changed: CometBFT keeps some of them.
func readable(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		if s, ok := a.(fmt.Stringer); ok && i%2 == 1 {
			a = s.String()
		}
		out[i] = a
	}
	return out
}

func parseLevel(s string) (slog.Level, error) {
	var l slog.Level
	err := l.UnmarshalText([]byte(s))
	return l, err
}
