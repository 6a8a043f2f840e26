package main

import (
	"encoding/hex"
	"fmt"
	"strconv"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) nodeBlock() *cobra.Command {
	return &cobra.Command{
		Use: "block [HEIGHT]", Short: "Show a block: its txs and what the platform did at its end", Args: args(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var height int64
			if len(args) > 0 {
				var err error
				if height, err = strconv.ParseInt(args[0], 10, 64); err != nil || height < 1 {
					return usagef("%q is no height", args[0])
				}
			}
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			resp, err := cl.Node.GetBlock(ctx, connect.NewRequest(&chanceryv1.GetBlockRequest{Height: height}))
			if err != nil {
				return err
			}
			b := resp.Msg
			c.term.Fields(
				terminal.Pair{Name: "height", Value: b.Height},
				terminal.Pair{Name: "time", Value: stampText(b.Time.AsTime())},
				terminal.Pair{Name: "txs", Value: len(b.TxHashes)},
			)
			var hashes []string
			for _, h := range b.TxHashes {
				hashes = append(hashes, hex.EncodeToString(h))
				c.term.Printf("tx     %x", h)
			}
			var events []eventView
			for _, e := range b.Events {
				v := eventView{Contract: e.Contract, Type: e.Type, Payload: decodeEvent(ctx, cl, e)}
				events = append(events, v)
				c.term.Printf("event  %s %s", v.Type, v.Payload)
			}
			var updates []map[string]any
			for _, u := range b.ValidatorUpdates {
				key := fmt.Sprintf("%s:%x", keyTypeText(u.Key.GetKeyType()), u.Key.GetPublicKey())
				updates = append(updates, map[string]any{"key": key, "power": u.Power})
				c.term.Printf("power  %d of %s", u.Power, key)
			}
			return c.term.Value(map[string]any{
				"height": b.Height, "time": b.Time.AsTime(), "tx_hashes": hashes, "events": events, "validator_updates": updates,
			})
		},
	}
}

// keyTypeText is a type of a validator's key as proposals take it.
func keyTypeText(t chanceryv1.ValidatorKeyType) string {
	if t == chanceryv1.ValidatorKeyType_VALIDATOR_KEY_TYPE_ML_DSA_65 {
		return "ml_dsa_65"
	}
	return enumText(t)
}
