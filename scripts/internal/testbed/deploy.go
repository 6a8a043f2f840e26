package testbed

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chancery-chain/chancery/api/contractbuild"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/client"
)

// Deploy builds the contract in a folder, uploads it and deploys it under a
// name. The signer is a developer of the name's organisation.
func Deploy(ctx context.Context, s *client.Signer, name, dir string) error {
	tmp, err := os.MkdirTemp("", "chancery-contract-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	out := filepath.Join(tmp, "contract.wasm")
	if _, err := contractbuild.Build(ctx, dir, out); err != nil {
		return err
	}
	code, err := os.ReadFile(out)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	zw := gzip.NewWriter(&packed)
	if _, err := zw.Write(code); err != nil {
		return err
	}
	if err := zw.Close(); err != nil {
		return err
	}
	if _, err := s.Submit(ctx, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_UploadCode{
		UploadCode: &chanceryv1.UploadCode{CodeGzip: packed.Bytes()},
	}}); err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	hash := sha256.Sum256(code)
	if _, err := s.Submit(ctx, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Deploy{
		Deploy: &chanceryv1.Deploy{Contract: name, CodeHash: hash[:]},
	}}); err != nil {
		return fmt.Errorf("deploy: %w", err)
	}
	return nil
}
