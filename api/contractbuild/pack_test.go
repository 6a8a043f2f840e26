package contractbuild_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/chancery-chain/chancery/api/contractbuild"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/stretchr/testify/require"
)

// emptyModule is the smallest Wasm module.
const emptyModule = "\x00asm\x01\x00\x00\x00"

func TestPack(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "stamp.c")
	require.NoError(t, os.WriteFile(source, []byte("one"), 0o600))
	packing := contractbuild.Packing{
		Proto: filepath.Join(examples, "stamp"), Dir: dir, Sources: []string{"stamp.c"},
		Compiler: "clang 19.1.7", Command: "./build",
	}
	code, err := contractbuild.Pack([]byte(emptyModule), packing)
	require.NoError(t, err)
	again, err := contractbuild.Pack([]byte(emptyModule), packing)
	require.NoError(t, err)
	require.Equal(t, code, again)

	info, err := contractbuild.Inspect(code)
	require.NoError(t, err)
	require.Equal(t, "chancery.examples.stamp.v1.StampService", info.Schema.Service)
	before := packedData(t, code)
	require.Equal(t, "clang 19.1.7", before.Compiler)
	require.Equal(t, "./build", before.Command)

	require.NoError(t, os.WriteFile(source, []byte("two"), 0o600))
	changed, err := contractbuild.Pack([]byte(emptyModule), packing)
	require.NoError(t, err)
	require.NotEqual(t, before.Source, packedData(t, changed).Source)

	for name, refused := range map[string][]byte{
		"no module":    []byte("#!/bin/sh"),
		"packed twice": code,
		"cut off":      []byte(emptyModule + "\x00\x7f"),
		"too large":    append([]byte(emptyModule+"\x00\x80\x80\x80\x02\x01x"), make([]byte, 4<<20-2)...),
	} {
		_, err := contractbuild.Pack(refused, packing)
		require.Error(t, err, name)
	}
	packing.Sources = []string{"missing.c"}
	_, err = contractbuild.Pack([]byte(emptyModule), packing)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func packedData(t *testing.T, code []byte) (data contractbuild.PackedData) {
	t.Helper()
	about, err := schema.Section(code, schema.SectionBuild)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(about, &data))
	return data
}
