package config

import (
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"haul/internal/strict"
)

// member is one value of a configuration.
type member struct {
	path  strict.Path
	value reflect.Value
	host  bool // a member of one host
}

// pattern is the path with "*" for the name of a host, as [Check] wants it.
func (m member) pattern() string {
	if m.host {
		return "hosts.*." + m.path[2]
	}
	return m.path.String()
}

// members are the values of a configuration in the order of the struct, without
// the keys: each of text, number, truth, duration or list of texts.
func (c *Config) members() (all []member) {
	var walk func(path strict.Path, v reflect.Value, host bool)
	walk = func(path strict.Path, v reflect.Value, host bool) {
		switch {
		case v.Type() == reflect.TypeFor[Keys]():
		case v.Kind() == reflect.Map:
			for _, name := range slices.Sorted(maps.Keys(c.Hosts)) {
				one := c.Hosts[name]
				walk(append(slices.Clone(path), name), reflect.ValueOf(&one).Elem(), true)
			}
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				walk(append(slices.Clone(path), v.Type().Field(i).Tag.Get("toml")), v.Field(i), host)
			}
		default:
			all = append(all, member{path: path, value: v, host: host})
		}
	}
	walk(nil, reflect.ValueOf(c).Elem(), false)
	return all
}

// find is the member with a path, which is not one of a host.
func (c *Config) find(path string) (member, error) {
	v := reflect.ValueOf(c).Elem()
	names := strict.Path(strings.Split(path, "."))
	for _, name := range names {
		var field reflect.Value
		if v.Kind() == reflect.Struct {
			for i := range v.NumField() {
				if v.Type().Field(i).Tag.Get("toml") == name {
					field = v.Field(i)
				}
			}
		}
		if !field.IsValid() {
			return member{}, noMember(path)
		}
		v = field
	}
	if v.Kind() == reflect.Struct || v.Kind() == reflect.Map {
		return member{}, noMember(path)
	}
	return member{path: names, value: v}, nil
}

func noMember(path string) error { return fmt.Errorf("there is no member %q", path) }

// Paths are the members that are one value each, in the order of the file:
// "downloads.dir" and so on. Hosts and keys, which have names of the user's,
// and lists are left out.
func Paths() (paths []string) {
	var c Config
	for _, m := range c.members() {
		if m.value.Kind() != reflect.Slice {
			paths = append(paths, m.path.String())
		}
	}
	return paths
}

// prefix is what the variables of the environment begin with.
const prefix = "HAUL_"

// IsVariable tells whether "NAME=value" may set a member.
func IsVariable(entry string) bool { return strings.HasPrefix(entry, prefix) }

// Variable is the variable of the environment that sets a member.
func Variable(path string) string {
	return prefix + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(path))
}

// Set gives one of [Paths] a value in words, as a flag or a variable has it, and
// checks it.
func (c *Config) Set(path, text string) error {
	m, err := c.find(path)
	if err != nil {
		return err
	}
	v := reflect.New(m.value.Type()).Elem()
	switch v.Interface().(type) {
	case string:
		v.SetString(text)
	case bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither: use true or false", text)
		}
		v.SetBool(b)
	case int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is no whole number", text)
		}
		v.SetInt(int64(n))
	case time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%q is no duration: write it like 90s, 5m or 1h30m", text)
		}
		v.SetInt(int64(d))
	default:
		return fmt.Errorf("%s is a list: only the file can have it", path)
	}
	if err := Check(m.pattern(), v.Interface()); err != nil {
		return err
	}
	m.value.Set(v)
	return nil
}

// Take gives one of [Paths] the value that it has in another configuration, and
// checks it.
func (c *Config) Take(path string, from *Config) error {
	to, err := c.find(path)
	if err != nil {
		return err
	}
	m, err := from.find(path)
	if err != nil {
		return err
	}
	if err := Check(m.pattern(), m.value.Interface()); err != nil {
		return err
	}
	to.value.Set(m.value)
	return nil
}

// text is a value as TOML.
func (m member) text() string {
	switch v := m.value.Interface().(type) {
	case string:
		return strict.Quote(v)
	case time.Duration:
		return strict.Quote(duration(v))
	case []string:
		return quoteList(v)
	default:
		return fmt.Sprint(v)
	}
}

// duration is a duration as people write it: without the noughts at the end of
// "1h0m0s".
func duration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func quoteList(texts []string) string {
	quoted := make([]string, len(texts))
	for i, s := range texts {
		quoted[i] = strict.Quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// shown is a value as TOML, without the password that a proxy's URL may have.
func (m member) shown() string {
	if s, ok := m.value.Interface().(string); ok && m.path[len(m.path)-1] != "theme" {
		if u, err := url.Parse(s); err == nil && u.User != nil {
			if _, has := u.User.Password(); has {
				u.User = url.UserPassword(u.User.Username(), "hidden")
				return strict.Quote(u.String())
			}
		}
	}
	return m.text()
}
