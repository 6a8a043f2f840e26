package compat

import (
	"slices"
	"strconv"
	"strings"

	contractv1 "github.com/chancery-chain/chancery/api/gen/chancery/contract/v1"
	"github.com/chancery-chain/chancery/api/schema"
)

// service compares what can be called.
func (c *comparison) service(from, to *schema.Contract) {
	subject := "contract " + from.Service
	if from.Service != to.Service {
		c.add(Breaking, "service-renamed", subject, changed(from.Service, to.Service)+"; clients call it by that name")
	}
	if from.Title != to.Title || from.TitleZH != to.TitleZH {
		c.add(Compatible, "title-changed", subject, changed(quote(from.Title+" "+from.TitleZH), quote(to.Title+" "+to.TitleZH)))
	}
	for _, name := range changedOptions(from.Descriptor, to.Descriptor, contractv1.E_Contract, "title", "title_zh", "description", "description_zh") {
		c.add(Breaking, "contract-option-changed", subject, "option "+name+" is another")
	}
	for i := range from.Methods {
		before := &from.Methods[i]
		after, ok := to.Method(before.Name)
		switch {
		case ok:
			c.method(before, after)
		case special(before.Kind):
			c.add(Compatible, "method-removed", "method "+before.Name, "it ran by "+before.Kind.String()+" only")
		default:
			c.add(Breaking, "method-removed", "method "+before.Name, "the new contract has none of this name")
		}
	}
	for i := range to.Methods {
		if _, ok := from.Method(to.Methods[i].Name); !ok {
			c.add(Compatible, "method-added", "method "+to.Methods[i].Name, "kind "+to.Methods[i].Kind.String())
		}
	}
}

// special reports whether the platform alone calls methods of this kind, by the
// code that declares them.
func special(kind schema.Kind) bool { return kind == schema.KindInit || kind == schema.KindMigrate }

func (c *comparison) method(from, to *schema.Method) {
	subject := "method " + from.Name
	if from.Kind != to.Kind {
		severity := Breaking
		if special(from.Kind) {
			severity = Compatible // nobody could call it
		}
		c.add(severity, "kind-changed", subject, changed(from.Kind.String(), to.Kind.String()))
	}
	if special(from.Kind) {
		return
	}
	if !covers(from.Roles, to.Roles) {
		c.add(Breaking, "roles-widened", subject, changed(roles(from.Roles), roles(to.Roles))+": more may call")
	}
	if !covers(to.Roles, from.Roles) {
		c.add(Breaking, "roles-narrowed", subject, changed(roles(from.Roles), roles(to.Roles))+": fewer may call")
	}
	for _, name := range changedOptions(from.Descriptor, to.Descriptor, contractv1.E_Method, "init", "migrate", "roles", "post_upgrade") {
		c.add(Breaking, "method-option-changed", subject, "option "+name+" is another")
	}
	if from.PostUpgrade != to.PostUpgrade {
		// Callers notice nothing, but whoever approves an upgrade should.
		c.add(Compatible, "check-changed", subject, changed(checks(from), checks(to)))
	}
	c.message(from.Input, to.Input, request)
	c.message(from.Output, to.Output, answer)
}

func checks(m *schema.Method) string {
	if m.PostUpgrade {
		return "the check of upgrades"
	}
	return "no check of upgrades"
}

// covers reports whether everybody whom a role of list admits is admitted by
// wider, too. No roles admit anybody.
func covers(wider, list []string) bool {
	if len(wider) == 0 {
		return true
	}
	if len(list) == 0 {
		return false
	}
	for _, role := range list {
		anywhere, org, _ := strings.Cut(role, "@")
		if !slices.Contains(wider, role) && !slices.Contains(wider, anywhere) && !slices.Contains(wider, "*@"+org) {
			return false
		}
	}
	return true
}

func roles(list []string) string {
	if len(list) == 0 {
		return "anybody"
	}
	return strings.Join(list, ", ")
}

// events compares what is announced.
func (c *comparison) events(from, to *schema.Contract) {
	for i := range from.Events {
		before := &from.Events[i]
		after, ok := to.Event(before.Name)
		if !ok {
			c.add(Breaking, "event-removed", "event "+before.Name, "the new contract has none of this name")
			continue
		}
		for _, name := range before.Indexed {
			if !slices.Contains(after.Indexed, name) {
				c.add(Breaking, "event-index-removed", "event "+before.Name, "it can no longer be found by "+name)
			}
		}
		for _, name := range after.Indexed {
			if !slices.Contains(before.Indexed, name) {
				c.add(Compatible, "event-index-added", "event "+before.Name, "it can be found by "+name+", from the upgrade on")
			}
		}
		for _, name := range changedOptions(before.Descriptor, after.Descriptor, contractv1.E_Event) {
			c.add(Breaking, "event-option-changed", "event "+before.Name, "option "+name+" is another")
		}
		c.message(before.Descriptor, after.Descriptor, answer)
	}
	for i := range to.Events {
		if _, ok := from.Event(to.Events[i].Name); !ok {
			c.add(Compatible, "event-added", "event "+to.Events[i].Name, "it was not announced before")
		}
	}
}

// errors compares what is refused.
func (c *comparison) errors(from, to *schema.Contract) {
	codes, names := byCode(to.Errors), byName(to.Errors)
	for i := range from.Errors {
		before := &from.Errors[i]
		subject := "error " + before.Name
		after := codes[before.Code]
		if moved := names[before.Name]; moved != nil && moved.Code != before.Code {
			c.add(Breaking, "error-renumbered", subject, changed(number(int(before.Code)), number(int(moved.Code))))
			continue
		}
		if after == nil {
			c.add(Breaking, "error-removed", subject, "number "+number(int(before.Code))+" is gone")
			continue
		}
		if after.Name != before.Name {
			c.add(Breaking, "error-renamed", subject, changed(before.Name, after.Name)+", number "+number(int(before.Code)))
		}
		if after.ConnectCode != before.ConnectCode {
			c.add(Breaking, "error-connect-code-changed", subject, changed(before.ConnectCode, after.ConnectCode))
		}
		if after.Message != before.Message || after.MessageZH != before.MessageZH {
			c.add(Compatible, "error-text-changed", subject, changed(quote(before.Message), quote(after.Message)))
		}
		switch {
		case before.Details != nil && after.Details != nil:
			c.message(before.Details, after.Details, answer)
		case before.Details != nil:
			c.add(Breaking, "error-details-removed", subject, "it carried "+string(before.Details.Name()))
		case after.Details != nil:
			c.add(Compatible, "error-details-added", subject, "it carries "+string(after.Details.Name()))
		}
	}
	before, namesBefore := byCode(from.Errors), byName(from.Errors)
	for i := range to.Errors {
		if before[to.Errors[i].Code] == nil && namesBefore[to.Errors[i].Name] == nil {
			c.add(Compatible, "error-added", "error "+to.Errors[i].Name, "number "+number(int(to.Errors[i].Code)))
		}
	}
}

func byCode(list []schema.Error) map[uint32]*schema.Error {
	found := make(map[uint32]*schema.Error, len(list))
	for i := range list {
		found[list[i].Code] = &list[i]
	}
	return found
}

func byName(list []schema.Error) map[string]*schema.Error {
	found := make(map[string]*schema.Error, len(list))
	for i := range list {
		found[list[i].Name] = &list[i]
	}
	return found
}

func number(n int) string { return strconv.Itoa(n) }
