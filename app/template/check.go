package template

import (
	"bytes"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
)

// standing returns a template that is not withdrawn.
func standing(r state.Reader, name string) (*statev1.Template, error) {
	t, err := Get(r, name)
	if err == nil && t.Withdrawn != nil {
		err = apperr.New(apperr.Withdrawn, "template %s is withdrawn since height %d: %s", name, t.Withdrawn.Height, t.Withdrawn.Reason)
	}
	return t, err
}

// standingVersion returns a version of a template, both of which are not withdrawn;
// for 0 the newest.
func standingVersion(r state.Reader, name string, n uint64) (uint64, *statev1.TemplateVersion, error) {
	t, err := standing(r, name)
	if err != nil {
		return 0, nil, err
	}
	if n == 0 {
		if n = t.NewestVersion; n == 0 {
			return 0, nil, apperr.New(apperr.Withdrawn, "every version of template %s is withdrawn", name)
		}
	}
	v, err := GetVersion(r, name, n)
	if err == nil && v.Withdrawn != nil {
		err = apperr.New(apperr.Withdrawn, "version %d of template %s is withdrawn since height %d: %s", n, name, v.Withdrawn.Height, v.Withdrawn.Reason)
	}
	return n, v, err
}

// checkNew refuses a version that says what the one before it says.
func checkNew(r state.Reader, t *statev1.Template, m *chanceryv1.PublishTemplate) error {
	if t.NewestVersion == 0 || t.Title != m.Title || t.TitleZh != m.TitleZh {
		return nil
	}
	v, err := GetVersion(r, m.Template, t.NewestVersion)
	if err != nil {
		return err
	}
	if bytes.Equal(v.CodeHash, m.CodeHash) && v.DocumentUri == m.DocumentUri && bytes.Equal(v.DocumentHash, m.DocumentHash) && v.Source == m.Source {
		return apperr.New(apperr.AlreadyExists, "version %d of template %s says all of this", t.NewestVersion, m.Template)
	}
	return nil
}
