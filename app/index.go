package app

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/state"
)

// Keys of the index, which is looked up and never hashed.
//
//	b/<height>   block time and the hashes of the block's authenticated txs
//	u/…          usage by day, see quota.IndexPrefix
//	t/<tx hash>  encoded TxResult
//	e/<height>   what the platform did at the block's end (blockrow.go)
const (
	indexBlocks  = "b/"
	indexResults = "t/"
)

func blockKey(height int64) []byte {
	return binary.BigEndian.AppendUint64([]byte(indexBlocks), uint64(height))
}

func resultKey(hash []byte) []byte { return append([]byte(indexResults), hash...) }

// indexResult adds the result of an authenticated tx.
func (x *block) indexResult(res *chanceryv1.TxResult) error {
	b, err := proto.Marshal(res)
	if err != nil {
		return fmt.Errorf("encode result: %w", err)
	}
	x.index = append(x.index, state.IndexWrite{Key: resultKey(res.TxHash), Value: b})
	return nil
}

// indexBlock adds the block and drops the one that is too old to keep.
func (x *block) indexBlock(s *state.Store, kept int64) error {
	row := binary.BigEndian.AppendUint64(nil, uint64(x.Time.UnixNano()))
	for _, h := range slices.Concat(x.hashes, x.scheduled) {
		row = append(row, h[:]...)
	}
	x.index = append(x.index, state.IndexWrite{Key: blockKey(x.Height), Value: row})
	usage, err := x.usage.Writes(s.Index())
	if err != nil {
		return err
	}
	x.index = append(x.index, usage...)
	old := x.Height - kept
	if old <= 0 {
		return nil
	}
	b, ok, err := s.Index().Get(blockKey(old))
	if err != nil || !ok {
		return err
	}
	_, hashes, err := decodeBlockRow(b)
	if err != nil {
		return fmt.Errorf("height %d: %w", old, err)
	}
	for _, h := range hashes {
		x.index = append(x.index, state.IndexWrite{Key: resultKey(h), Delete: true})
	}
	x.index = append(x.index, state.IndexWrite{Key: blockKey(old), Delete: true}, state.IndexWrite{Key: blockEventsKey(old), Delete: true})
	return nil
}

func decodeBlockRow(b []byte) (t time.Time, hashes [][]byte, err error) {
	if len(b) < 8 || (len(b)-8)%32 != 0 {
		return t, nil, fmt.Errorf("index row of %d bytes", len(b))
	}
	t = time.Unix(0, int64(binary.BigEndian.Uint64(b))).UTC()
	for b = b[8:]; len(b) > 0; b = b[32:] {
		hashes = append(hashes, b[:32])
	}
	return t, hashes, nil
}

func loadBlockTime(s *state.Store, height int64) (time.Time, error) {
	b, ok, err := s.Index().Get(blockKey(height))
	if err != nil {
		return time.Time{}, err
	}
	if !ok {
		return time.Time{}, fmt.Errorf("the index has no block %d", height)
	}
	t, _, err := decodeBlockRow(b)
	return t, err
}

// Result returns the result of a committed tx, within the blocks that are kept.
func (a *App) Result(hash []byte) (*chanceryv1.TxResult, bool, error) {
	b, ok, err := a.store.Index().Get(resultKey(hash))
	if err != nil || !ok {
		return nil, false, err
	}
	res := new(chanceryv1.TxResult)
	if err := proto.Unmarshal(b, res); err != nil {
		return nil, false, fmt.Errorf("result of tx %x does not decode: %w", hash, err)
	}
	return res, true, nil
}
