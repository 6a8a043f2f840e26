package contractbuild

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

const sdkPath = "github.com/chancery-chain/chancery/contracts-sdk"

// goPackage is what "go list" tells about a package.
type goPackage struct {
	ImportPath string
	Dir        string
	Standard   bool
	GoFiles    []string
	EmbedFiles []string
}

// buildData says what the contract in dir is built from with these build tags.
func buildData(ctx context.Context, dir, tags string) (*Data, error) {
	version, err := runGo(ctx, dir, "env", "GOVERSION")
	if err != nil {
		return nil, err
	}
	listed, err := runGo(ctx, dir, "list", "-tags="+tags, "-deps", "-json=ImportPath,Dir,Standard,GoFiles,EmbedFiles", "./wasm")
	if err != nil {
		return nil, err
	}
	all, sdk := map[string]string{}, map[string]string{}
	for decoder := json.NewDecoder(bytes.NewReader(listed)); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		if p.Standard {
			continue // the Go version stands for these
		}
		for _, name := range append(p.GoFiles, p.EmbedFiles...) {
			file := filepath.Join(p.Dir, name)
			all[path.Join(p.ImportPath, name)] = file
			if strings.HasPrefix(p.ImportPath+"/", sdkPath+"/") {
				sdk[path.Join(p.ImportPath, name)] = file
			}
		}
	}
	if err := addProtos(dir, all); err != nil {
		return nil, err
	}
	d := &Data{Go: strings.TrimSpace(string(version))}
	if d.Source, err = hashSources(all); err != nil {
		return nil, err
	}
	if d.SDK, err = hashSources(sdk); err != nil {
		return nil, err
	}
	return d, nil
}

// addProtos adds the contract's .proto files.
func addProtos(dir string, files map[string]string) error {
	root := filepath.Join(dir, "proto")
	return filepath.WalkDir(root, func(p string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(p) != ".proto" {
			return err
		}
		rel, err := filepath.Rel(root, p)
		files[path.Join("proto", filepath.ToSlash(rel))] = p
		return err
	})
}

// hashSources returns "sha256:" and the hash, in hex, of lines "<SHA-256 of the
// file in hex>  <name>\n" sorted by name, as sha256sum prints them. Names are
// import path and file name, so that the folder does not matter.
func hashSources(files map[string]string) (string, error) {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	h := sha256.New()
	for _, name := range names {
		content, err := os.ReadFile(files[name])
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%x  %s\n", sha256.Sum256(content), name)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}
