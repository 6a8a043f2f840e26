package template

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/state"
)

// Schema is every key of this component.
var Schema = state.NewSchema("template")

// The prefixes whose rows count to an organisation's stored bytes.
const (
	templatesPrefix = "xt/"
	versionsPrefix  = "xv/"
	starsPrefix     = "xs/"
	usesPrefix      = "xu/"
)

// place is a template's place in a list that begins with the most stars: what its
// stars lack to the largest number, then its name.
type place = state.Pair[uint64, string]

var pairOfNames = state.PairKey(state.StringKey[string](), state.StringKey[string]())

var (
	// templates by name.
	templates = state.NewMap(Schema, "templates", templatesPrefix, state.StringKey[string](), state.MessageValue[statev1.Template]())

	// versions by a template's name and their number.
	versions = state.NewMap(Schema, "versions", versionsPrefix,
		state.PairKey(state.StringKey[string](), state.Uint64Key[uint64]()), state.MessageValue[statev1.TemplateVersion]())

	// byCode finds a template's last version with some code.
	byCode = state.NewMap(Schema, "by code", "xh/",
		state.PairKey(state.StringKey[string](), state.Array32Key[[32]byte]()), state.Uint64Value())

	// counts by name: a row of its own, so that what others do changes nothing that
	// counts to the publisher's stored bytes.
	counts = state.NewMap(Schema, "counts", "xc/", state.StringKey[string](), state.MessageValue[statev1.TemplateCounts]())

	// stars by a template's name and the organisation that gave it.
	stars = state.NewMap(Schema, "stars", starsPrefix, pairOfNames, state.MessageValue[statev1.TemplateStar]())

	// uses by a template's name and the contract that was made from it.
	uses = state.NewMap(Schema, "uses", usesPrefix, pairOfNames, state.MessageValue[statev1.TemplateUse]())

	// ranks has the templates that something can be deployed from by publisher, empty
	// for all of them, and place.
	ranks = state.NewMap(Schema, "ranks", "xr/",
		state.PairKey(state.StringKey[string](), state.PairKey(state.Uint64Key[uint64](), state.StringKey[string]())), state.EmptyValue())
)
