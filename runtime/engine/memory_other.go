//go:build !linux

package engine

import "errors"

func newMappedBackings(ResetMode) (backings, error) {
	return nil, errors.New("mapped images need Linux")
}
