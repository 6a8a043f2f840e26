package app_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/runtime"
)

// The model of the register of templates: plain values that the rules are written for
// once more. Codes go by names.
type (
	shelfVersion struct {
		code, title string
		withdrawn   bool
	}
	shelfTemplate struct {
		versions  []*shelfVersion
		withdrawn bool
		stars     map[string]bool // by organisation
		uses      map[string]int  // version by contract
	}
	shelfModel struct {
		templates map[string]*shelfTemplate
		contracts map[string][]string // codes of the versions
		onChain   map[string]bool
	}
)

var (
	shelfNames = []string{"records/plots", "records/graves", "housing/plots"}
	shelfCodes = []string{"a", "b", "c"}
	shelfOrgs  = []string{"city", "housing", "records"}
)

// newest is the number of the last version that is not withdrawn, or 0.
func (t *shelfTemplate) newest() int {
	for n := len(t.versions); n > 0 && !t.withdrawn; n-- {
		if !t.versions[n-1].withdrawn {
			return n
		}
	}
	return 0
}

// last is the number of the last version with a code, or 0.
func (t *shelfTemplate) last(code string) int {
	for n := len(t.versions); n > 0; n-- {
		if t.versions[n-1].code == code {
			return n
		}
	}
	return 0
}

// usedBy counts the contracts of others than the publisher, and their organisations.
func (t *shelfTemplate) usedBy(name string) (contracts, orgs int) {
	by := map[string]bool{}
	for c := range t.uses {
		if org, _, _ := strings.Cut(c, "/"); !strings.HasPrefix(name, org+"/") {
			contracts++
			by[org] = true
		}
	}
	return contracts, len(by)
}

func (m *shelfModel) references(code string) (n int) {
	for _, t := range m.templates {
		for _, v := range t.versions {
			if v.code == code && !v.withdrawn && !t.withdrawn {
				n++
			}
		}
	}
	for _, codes := range m.contracts {
		for _, c := range codes {
			if c == code {
				n++
			}
		}
	}
	return n
}

// shelf is a chain beside its model.
type shelf struct {
	*rapid.T
	tb    testing.TB
	chain *apptest.Chain
	codes map[string][]byte
	model *shelfModel
}

func (s *shelf) hash(code string) []byte {
	h := sha256.Sum256(s.codes[code])
	return h[:]
}

// usual is true most of the time: then what is drawn next is what people would do, so
// that stories get far. Rapid draws small numbers more often than large ones.
func (s *shelf) usual() bool { return rapid.IntRange(0, 3).Draw(s.T, "usual") < 3 }

// who draws a member: usually the admin of an organisation.
func (s *shelf) who(org string) (name, role string) {
	role = "admin"
	if !s.usual() {
		role = oneOf(s, []string{"dev", "clerk"}, "role")
	}
	return org + "-" + role, role
}

func oneOf[T any](s *shelf, list []T, label string) T {
	return list[rapid.IntRange(0, len(list)-1).Draw(s.T, label)]
}

func (s *shelf) run(who, org string, action *chanceryv1.TxBody, want apperr.Code) *chanceryv1.TxResult {
	kind := key.Ed25519
	if strings.HasSuffix(who, "-clerk") {
		kind = key.SM2
	}
	k := apptest.Key(who, kind)
	b := s.chain.Body(k, org)
	b.Action = action.Action
	switch b.Action.(type) {
	case *chanceryv1.TxBody_Deploy, *chanceryv1.TxBody_Upgrade:
		b.GasLimit = 1_000_000_000
	}
	res := s.chain.Block(s.chain.Sign(b, k)).Results[0]
	require.Equal(s, want.String(), apperr.Code(res.Code).String(), "%v by %s: %s", action, who, res.Log)
	return res
}

// owned is what holds for what only a template's own admins do.
func owned(name, org, role string) apperr.Code {
	switch {
	case !strings.HasPrefix(name, org+"/"):
		return apperr.InvalidTx
	case role != "admin":
		return apperr.PermissionDenied
	}
	return apperr.OK
}

// org draws who acts on a template: usually its publisher.
func (s *shelf) org(name string) string {
	if own, _, _ := strings.Cut(name, "/"); s.usual() {
		return own
	}
	return oneOf(s, shelfOrgs, "org")
}

func (s *shelf) publish() {
	name, code, title := oneOf(s, shelfNames, "name"), oneOf(s, shelfCodes, "code"), oneOf(s, []string{"one", "two"}, "title")
	org := s.org(name)
	who, role := s.who(org)
	want, t := owned(name, org, role), s.model.templates[name]
	if want == apperr.OK && t != nil {
		n := t.newest()
		switch {
		case t.withdrawn:
			want = apperr.Withdrawn
		case n > 0 && t.versions[len(t.versions)-1].title == title && t.versions[n-1].code == code:
			want = apperr.AlreadyExists
		}
	}
	if want == apperr.OK && !s.model.onChain[code] {
		want = apperr.NotFound
	}
	s.run(who, org, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_PublishTemplate{PublishTemplate: &chanceryv1.PublishTemplate{
		Template: name, CodeHash: s.hash(code), Title: title, TitleZh: "簿", DocumentUri: "urn:doc", DocumentHash: s.hash("a"),
	}}}, want)
	if want != apperr.OK {
		return
	}
	if t == nil {
		t = &shelfTemplate{stars: map[string]bool{}, uses: map[string]int{}}
		s.model.templates[name] = t
	}
	t.versions = append(t.versions, &shelfVersion{code: code, title: title})
}

func (s *shelf) withdraw() {
	name := oneOf(s, shelfNames, "name")
	org := s.org(name)
	who, role := s.who(org)
	version := 0
	if t := s.model.templates[name]; t != nil {
		switch back := rapid.IntRange(0, 8).Draw(s.T, "back"); {
		case back == 8 && !s.usual():
			version = 0 // or all would soon be withdrawn
		case back == 8:
			version = len(t.versions) + 1
		default:
			version = max(1, len(t.versions)-back)
		}
	}
	want, t := owned(name, org, role), s.model.templates[name]
	switch {
	case want != apperr.OK:
	case t == nil:
		want = apperr.NotFound
	case t.withdrawn:
		want = apperr.Withdrawn
	case version == 0:
		t.withdrawn = true
	case version > len(t.versions):
		want = apperr.NotFound
	case t.versions[version-1].withdrawn:
		want = apperr.Withdrawn
	default:
		t.versions[version-1].withdrawn = true
	}
	s.run(who, org, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_WithdrawTemplate{WithdrawTemplate: &chanceryv1.WithdrawTemplate{
		Template: name, Version: uint64(version), Reason: "a fault",
	}}}, want)
}

func (s *shelf) star() {
	name, org := oneOf(s, shelfNames, "name"), oneOf(s, shelfOrgs, "org")
	who, role := s.who(org)
	want, t := apperr.OK, s.model.templates[name]
	switch {
	case role != "admin":
		want = apperr.PermissionDenied
	case t == nil:
		want = apperr.NotFound
	case t.withdrawn:
		want = apperr.Withdrawn
	case strings.HasPrefix(name, org+"/"):
		want = apperr.PermissionDenied
	case t.stars[org]:
		want = apperr.AlreadyExists
	default:
		t.stars[org] = true
	}
	s.run(who, org, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_StarTemplate{StarTemplate: &chanceryv1.StarTemplate{Template: name}}}, want)
}

func (s *shelf) unstar() {
	name, org := oneOf(s, shelfNames, "name"), oneOf(s, shelfOrgs, "org")
	if t := s.model.templates[name]; t != nil && len(t.stars) > 0 && s.usual() {
		org = oneOf(s, slices.Sorted(maps.Keys(t.stars)), "star")
	}
	who, role := s.who(org)
	want, t := apperr.OK, s.model.templates[name]
	switch {
	case role != "admin":
		want = apperr.PermissionDenied
	case t == nil || !t.stars[org]:
		want = apperr.NotFound
	default:
		delete(t.stars, org)
	}
	s.run(who, org, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_UnstarTemplate{UnstarTemplate: &chanceryv1.UnstarTemplate{Template: name}}}, want)
}

func (s *shelf) deploy() {
	m, name, org := s.model, oneOf(s, shelfNames, "name"), oneOf(s, shelfOrgs, "org")
	who, role := s.who(org)
	contract := fmt.Sprintf("%s/c%d", org, rapid.IntRange(0, 5).Draw(s.T, "contract"))
	want, t, version, pinned := apperr.OK, m.templates[name], 0, ""
	if t != nil && !s.usual() {
		version = rapid.IntRange(1, len(t.versions)+1).Draw(s.T, "version")
	}
	if !s.usual() {
		pinned = oneOf(s, shelfCodes, "pinned")
	}
	n := version
	if n == 0 && t != nil {
		n = t.newest()
	}
	switch {
	case role == "clerk":
		want = apperr.PermissionDenied
	case t == nil:
		want = apperr.NotFound
	case t.withdrawn || n == 0:
		want = apperr.Withdrawn
	case n > len(t.versions):
		want = apperr.NotFound
	case t.versions[n-1].withdrawn:
		want = apperr.Withdrawn
	case pinned != "" && t.versions[n-1].code != pinned:
		want = apperr.VersionChanged
	case m.contracts[contract] != nil:
		want = apperr.AlreadyExists
	}
	d := &chanceryv1.Deploy{Contract: contract, Template: name, TemplateVersion: uint64(version)}
	if pinned != "" {
		d.CodeHash = s.hash(pinned)
	}
	s.run(who, org, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Deploy{Deploy: d}}, want)
	if want == apperr.OK {
		m.contracts[contract] = []string{t.versions[n-1].code}
		t.uses[contract] = n
	}
}

// upgrade gives a contract other code, by its hash.
func (s *shelf) upgrade() {
	m := s.model
	if len(m.contracts) == 0 {
		return
	}
	name, code := oneOf(s, slices.Sorted(maps.Keys(m.contracts)), "contract"), oneOf(s, shelfCodes, "code")
	org, _, _ := strings.Cut(name, "/")
	codes, want := m.contracts[name], apperr.OK
	switch {
	case codes[len(codes)-1] == code:
		want = apperr.AlreadyExists
	case !m.onChain[code]:
		want = apperr.NotFound
	default:
		m.contracts[name] = append(codes, code)
	}
	s.run(org+"-dev", org, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Upgrade{Upgrade: &chanceryv1.Upgrade{Contract: name, CodeHash: s.hash(code)}}}, want)
}

func (s *shelf) prune() {
	m, code, org := s.model, oneOf(s, shelfCodes, "code"), "records"
	if !s.usual() {
		org = "housing"
	}
	want := apperr.OK
	switch {
	case !m.onChain[code]:
		want = apperr.NotFound
	case org != "records":
		want = apperr.PermissionDenied
	case m.references(code) > 0:
		want = apperr.InUse
	default:
		m.onChain[code] = false
	}
	s.run(org+"-dev", org, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_PruneCode{PruneCode: &chanceryv1.PruneCode{CodeHash: s.hash(code)}}}, want)
}

func (s *shelf) upload() {
	code := oneOf(s, shelfCodes, "code")
	require.Zero(s, s.chain.Block(s.chain.Upload(recordsDev, "records", pack(s.tb, s.codes[code]))).Results[0].Code)
	s.model.onChain[code] = true
}

func (s *shelf) actions() map[string]func(*rapid.T) {
	do := func(f func()) func(*rapid.T) {
		return func(t *rapid.T) {
			s.T = t
			f()
		}
	}
	return map[string]func(*rapid.T){
		"publish": do(s.publish), "publish again": do(s.publish), "withdraw": do(s.withdraw), "star": do(s.star), "star again": do(s.star),
		"unstar": do(s.unstar), "deploy": do(s.deploy), "deploy again": do(s.deploy), "deploy more": do(s.deploy),
		"upgrade": do(s.upgrade), "prune": do(s.prune), "upload": do(s.upload), "": do(s.check),
	}
}

// check compares all that the register shows with the model.
func (s *shelf) check() {
	m, q := s.model, s.chain.App.Query()
	for _, code := range shelfCodes {
		got, err := q.Code(s.hash(code), true)
		require.Equal(s, m.onChain[code], err == nil, code)
		if err == nil {
			require.Equal(s, m.references(code), int(got.References), "references to %s", code)
		}
	}
	for _, name := range shelfNames {
		t := m.templates[name]
		got, err := q.Template(name, 0)
		if t == nil {
			require.Equal(s, apperr.NotFound, apperr.CodeOf(err))
			continue
		}
		require.NoError(s, err)
		s.checkTemplate(name, t, got.Template)
	}
	s.checkLists()
	requireStored(s, s.chain.App)
}

func (s *shelf) checkTemplate(name string, t *shelfTemplate, got *chanceryv1.Template) {
	q := s.chain.App.Query()
	uses, orgs := t.usedBy(name)
	require.Equal(s, []int{t.newest(), len(t.versions), len(t.stars), uses, orgs},
		[]int{int(got.NewestVersion), int(got.LastVersion), int(got.Stars), int(got.Uses), int(got.UsingOrgs)}, "newest, last, stars, uses, using organisations of %s", name)
	require.Equal(s, t.withdrawn, got.Withdrawn != nil)
	require.Equal(s, t.versions[len(t.versions)-1].title, got.Title)
	versions, _, err := q.TemplateVersions(name, 100, "")
	require.NoError(s, err)
	require.Len(s, versions, min(100, len(t.versions)))
	for _, v := range versions {
		of := t.versions[v.Version-1]
		require.True(s, bytes.Equal(s.hash(of.code), v.CodeHash))
		require.Equal(s, of.withdrawn || t.withdrawn, v.Withdrawn != nil)
	}
	stars, _, err := q.TemplateStars(name, 100, "")
	require.NoError(s, err)
	var from []string
	for _, star := range stars {
		from = append(from, star.Org)
	}
	require.Equal(s, slices.Sorted(maps.Keys(t.stars)), from)
	made := map[string]int{}
	for token := ""; ; {
		list, next, err := q.TemplateUses(name, 2, token)
		require.NoError(s, err)
		for _, u := range list {
			made[u.Contract] = int(u.Version)
			codes := s.model.contracts[u.Contract]
			now := codes[len(codes)-1]
			require.Equal(s, t.last(now), int(u.CurrentVersion), u.Contract)
			since := cmp.Or(t.last(now), int(u.Version))
			require.Equal(s, t.newest() > since && t.versions[t.newest()-1].code != now, u.Outdated, u.Contract)
		}
		if token = next; token == "" {
			break
		}
	}
	require.Equal(s, t.uses, made)
}

// checkLists walks the lists a page at a time, by name and by stars.
func (s *shelf) checkLists() {
	for _, org := range append([]string{""}, shelfOrgs...) {
		var names, usable []string
		for _, name := range slices.Sorted(maps.Keys(s.model.templates)) {
			if org != "" && !strings.HasPrefix(name, org+"/") {
				continue
			}
			names = append(names, name)
			if s.model.templates[name].newest() > 0 {
				usable = append(usable, name)
			}
		}
		slices.SortStableFunc(usable, func(a, b string) int {
			return len(s.model.templates[b].stars) - len(s.model.templates[a].stars)
		})
		size := uint32(rapid.IntRange(1, 3).Draw(s.T, "page"))
		require.Equal(s, names, s.list(org, chanceryv1.TemplateOrder_TEMPLATE_ORDER_NAME, size))
		require.Equal(s, usable, s.list(org, chanceryv1.TemplateOrder_TEMPLATE_ORDER_STARS, size))
	}
}

func (s *shelf) list(org string, order chanceryv1.TemplateOrder, size uint32) (names []string) {
	for token := ""; ; {
		list, next, err := s.chain.App.Query().Templates(org, order, size, token)
		require.NoError(s, err)
		require.LessOrEqual(s, len(list), int(size))
		for _, t := range list {
			names = append(names, t.Name)
		}
		if token = next; token == "" {
			return names
		}
	}
}

// TestTemplateModel runs random actions of publishers, users, developers and strangers
// on a chain and on the model: every result, every count of stars and uses, every list
// and every reference to code must be the same after each, and the same app hash comes
// of the same blocks.
func TestTemplateModel(t *testing.T) {
	codes := map[string][]byte{}
	for _, name := range shelfCodes {
		codes[name] = shop{methods: putMethod + getMethod, collection: itemsByID, salt: name}.code(t)
	}
	compiled := filepath.Join(t.TempDir(), "compiled")
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		if n++; n > 30 || n > 8 && testing.Short() {
			return // each goes far: a hundred would take long
		}
		chain := apptest.NewWith(t, nil, app.Options{Dir: filepath.Join(t.TempDir(), fmt.Sprint(n)), Runtime: runtime.Config{CacheDir: compiled}, NoSync: true})
		defer chain.App.Close()
		s := &shelf{T: rt, tb: t, chain: chain, codes: codes, model: &shelfModel{
			templates: map[string]*shelfTemplate{}, contracts: map[string][]string{}, onChain: map[string]bool{},
		}}
		for _, name := range shelfCodes {
			chain.Must(chain.Upload(recordsDev, "records", pack(t, codes[name])))
			s.model.onChain[name] = true
		}
		for range 4 {
			rt.Repeat(s.actions())
		}
		if n%5 != 1 {
			return
		}
		want := chain.App.Info().AppHash
		require.Equal(rt, want, chain.Replay(app.Options{Dir: t.TempDir(), Runtime: runtime.Config{CacheDir: compiled, Interpreter: n == 1}}))
	})
}
