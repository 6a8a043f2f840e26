// Package node starts CometBFT, the state machine and the RPC server in one
// process. It owns the home folder:
//
//	config/chancery.toml              settings (Config)
//	config/genesis.json               genesis, the same on every node
//	config/node_key.json              key of the peer-to-peer connections
//	config/priv_validator_key.json    validator key
//	data/app                          state of the app
//	data/*.db, data/cs.wal            CometBFT's blocks, state and write-ahead log
//	data/priv_validator_state.json    what the validator signed last
//
// The last file keeps a validator from signing twice: never copy a home to run
// it elsewhere while the first still runs, and never restore it from a backup.
package node
