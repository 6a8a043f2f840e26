package app

import (
	"encoding/binary"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/state"
)

// indexBlockEvents is the prefix of the index for what the platform did at the
// end of a block: e/<height>, only for blocks in which it did something.
const indexBlockEvents = "e/"

func blockEventsKey(height int64) []byte {
	return binary.BigEndian.AppendUint64([]byte(indexBlockEvents), uint64(height))
}

// indexBlockEvents adds what stands in the block's result beside those of its txs.
func (x *block) indexBlockEvents(res *BlockResult) error {
	if len(res.Events) == 0 && len(res.ValidatorUpdates) == 0 {
		return nil
	}
	b, err := proto.Marshal(&chanceryv1.GetBlockResponse{Events: res.Events, ValidatorUpdates: res.ValidatorUpdates})
	if err != nil {
		return fmt.Errorf("encode the block's events: %w", err)
	}
	x.index = append(x.index, state.IndexWrite{Key: blockEventsKey(x.Height), Value: b})
	return nil
}

// Block describes a committed block, within the blocks that are kept.
func (a *App) Block(height int64) (*chanceryv1.GetBlockResponse, bool, error) {
	row, ok, err := a.store.Index().Get(blockKey(height))
	if err != nil || !ok {
		return nil, false, err
	}
	t, hashes, err := decodeBlockRow(row)
	if err != nil {
		return nil, false, fmt.Errorf("block %d: %w", height, err)
	}
	res := new(chanceryv1.GetBlockResponse)
	b, ok, err := a.store.Index().Get(blockEventsKey(height))
	if err != nil {
		return nil, false, err
	}
	if ok {
		if err := proto.Unmarshal(b, res); err != nil {
			return nil, false, fmt.Errorf("events of block %d do not decode: %w", height, err)
		}
	}
	res.Height, res.Time, res.TxHashes = height, timestamppb.New(t), hashes
	return res, true, nil
}
